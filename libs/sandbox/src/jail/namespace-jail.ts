import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProviderHealth, SandboxFailure } from '../sandbox.port.js';
import { HealthProbe } from './health-probe.js';
import { Identities, startAs } from './identities.js';
import type { Jail, JailSpec, JailedProcess } from './jail.js';
import { NamespaceProcess } from './namespace-process.js';
import { type Builders, namespaceScript } from './namespace-script.js';
import { findProgram } from './programs.js';
import { type SystemView, systemView } from './system-view.js';
import { tryOut } from './try-out.js';

const NAMESPACES = [
  '--mount',
  '--net',
  '--pid',
  '--ipc',
  '--uts',
  '--fork',
  '--kill-child',
  '--propagation',
  'private',
];

interface Prepared {
  readonly builders: Builders;
  readonly view: SystemView;
  readonly root: string;
}

/**
 * A jail by the tools of util-linux, for machines without bubblewrap. It has namespaces, a root folder and limits as
 * the other one does, but no filter of system calls; so it holds interpreters that are walls of their own.
 */
export class NamespaceJail implements Jail {
  readonly name = 'namespaces';
  readonly forCommands = false;
  private readonly probe = new HealthProbe(() => tryOut(this));
  private readonly identities = process.getuid?.() === 0 ? new Identities() : undefined;
  private prepared: Promise<Prepared> | undefined;

  /** `folder` is for what the jail itself needs; it must be an absolute path and no run's own. */
  constructor(private readonly folder: string) {}

  async health(): Promise<ProviderHealth> {
    return this.probe.ask();
  }

  async start(spec: JailSpec): Promise<JailedProcess> {
    const prepared = await this.prepare();
    return startAs(this.identities, spec, (id) => this.launch(spec, prepared, id));
  }

  private async launch(spec: JailSpec, prepared: Prepared, id: number | undefined): Promise<JailedProcess> {
    const { builders, view, root } = prepared;
    // Without root's rights, a user namespace gives them for building; the program itself has none of them.
    const user = id === undefined ? ['--user', '--map-root-user'] : [];
    const script = namespaceScript({ builders, spec, view, root, id });
    // Unlike bubblewrap, unshare(1) itself would outlive this process.
    const dying = [builders.setpriv, '--pdeathsig=KILL'];
    const command = [...dying, builders.unshare, ...user, ...NAMESPACES, '--', builders.sh, '-c', script];
    return NamespaceProcess.start(command, spec.env);
  }

  private prepare(): Promise<Prepared> {
    this.prepared ??= this.makeReady();
    this.prepared.catch(() => (this.prepared = undefined));
    return this.prepared;
  }

  private async makeReady(): Promise<Prepared> {
    const builders = requiredPrograms();
    const root = join(this.folder, 'root');
    await mkdir(root, { recursive: true, mode: 0o700 });
    return { builders, view: systemView(join(this.folder, 'etc')), root };
  }
}

function requiredPrograms(): Builders {
  const names = ['chroot', 'mount', 'prlimit', 'setpriv', 'sh', 'unshare'] as const;
  const [chroot, mount, prlimit, setpriv, sh, unshare] = names.map(findProgram);
  if (!chroot || !mount || !prlimit || !setpriv || !sh || !unshare) {
    const missing = names.filter((name) => findProgram(name) === undefined).join(', ');
    throw new SandboxFailure('sandbox_unavailable', `util-linux is not complete here: ${missing} missing.`);
  }
  return { chroot, mount, prlimit, setpriv, sh, unshare };
}
