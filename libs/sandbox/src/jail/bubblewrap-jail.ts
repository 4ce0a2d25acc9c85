import { execFile } from 'node:child_process';
import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ProviderHealth, SandboxFailure } from '../sandbox.port.js';
import { type JailCommand, type JailPlan, type Programs, jailCommand, jailCommandAs } from './bubblewrap-arguments.js';
import { BubblewrapProcess } from './bubblewrap-process.js';
import { HealthProbe } from './health-probe.js';
import { Identities, startAs } from './identities.js';
import type { Jail, JailSpec, JailedProcess } from './jail.js';
import { cannotStart } from './launched-process.js';
import { OutputPipes } from './output-pipes.js';
import { findProgram } from './programs.js';
import { seccompFilter } from './seccomp.js';
import { type SystemView, systemView } from './system-view.js';
import { tryOut } from './try-out.js';

/** Since this version it can forbid further user namespaces and bound what is kept in memory. */
const OLDEST: readonly [number, number] = [0, 8];

/** What is found out once. */
interface Prepared {
  readonly programs: Programs;
  readonly view: SystemView;
  /** Path of the filter of system calls; undefined on machines whose calls it does not know. */
  readonly filter: string | undefined;
}

/**
 * A jail by bubblewrap: namespaces of its own for users, processes, mounts, network, IPC and host name, no
 * capability, no way to get one, and a filter of system calls. Of the host it shows programs and libraries only.
 */
export class BubblewrapJail implements Jail {
  readonly name = 'bubblewrap';
  readonly forCommands = true;
  private readonly probe = new HealthProbe(() => tryOut(this));
  private readonly identities = process.getuid?.() === 0 ? new Identities() : undefined;
  private prepared: Promise<Prepared> | undefined;

  /** `folder` is for what the jail itself needs; it must be an absolute path and no run's own. */
  constructor(private readonly folder: string) {}

  async health(): Promise<ProviderHealth> {
    return this.probe.ask();
  }

  async start(spec: JailSpec): Promise<JailedProcess> {
    const { programs, view, filter } = await this.prepare();
    const plan: JailPlan = { programs, spec, view, filtered: filter !== undefined };
    return startAs(this.identities, spec, (id) =>
      this.launch(id === undefined ? jailCommand(plan) : jailCommandAs(id, plan), filter),
    );
  }

  private async launch(command: JailCommand, filterPath: string | undefined): Promise<JailedProcess> {
    let filter: FileHandle | undefined;
    let outputs: OutputPipes | undefined;
    try {
      filter = filterPath === undefined ? undefined : await open(filterPath);
      outputs = await OutputPipes.make();
      return await BubblewrapProcess.start(command, filter?.fd, outputs);
    } catch (error) {
      outputs?.stdout.destroy();
      outputs?.stderr.destroy();
      throw error instanceof SandboxFailure ? error : cannotStart(error);
    } finally {
      await filter?.close();
    }
  }

  private prepare(): Promise<Prepared> {
    this.prepared ??= this.makeReady();
    // What failed may work next time, e.g. after a program was installed.
    this.prepared.catch(() => (this.prepared = undefined));
    return this.prepared;
  }

  private async makeReady(): Promise<Prepared> {
    const programs = requiredPrograms();
    await requireVersion(programs.bwrap);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const filter = seccompFilter(process.arch);
    const path = join(this.folder, 'seccomp.bpf');
    if (filter !== undefined) await writeFile(path, filter);
    return { programs, view: systemView(join(this.folder, 'etc')), filter: filter && path };
  }
}

function requiredPrograms(): Programs {
  const [bwrap, prlimit, setpriv, sh] = ['bwrap', 'prlimit', 'setpriv', 'sh'].map(findProgram);
  if (bwrap === undefined) throw unavailable('bubblewrap is not installed.');
  if (prlimit === undefined || setpriv === undefined || sh === undefined)
    throw unavailable('util-linux (prlimit, setpriv) is not installed.');
  return { bwrap, prlimit, setpriv, sh };
}

async function requireVersion(bwrap: string): Promise<void> {
  let text: string;
  try {
    text = (await promisify(execFile)(bwrap, ['--version'], { timeout: 10_000 })).stdout.trim();
  } catch (error) {
    throw cannotStart(error);
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text)?.slice(1) ?? []).map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw unavailable(`${text} is too old.`);
}

function unavailable(detail: string): SandboxFailure {
  return new SandboxFailure('sandbox_unavailable', detail);
}
