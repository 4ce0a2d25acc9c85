import type { Jail, JailSpec } from '../jail/jail.js';
import {
  DEFAULT_LIMITS,
  type ProviderHealth,
  type RunLimits,
  SandboxFailure,
  type SandboxProvider,
  type SandboxRequest,
  type SandboxResult,
} from '../sandbox.port.js';
import { supervise } from '../supervise.js';

/** Where a command finds the folder that it works on. */
const WORKSPACE = '/workspace';

/** All that a command knows of where it runs. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: WORKSPACE,
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  USER: 'agent',
  LOGNAME: 'agent',
  TERM: 'dumb',
};

/** Commands in a jail of this machine. */
export class LocalProvider implements SandboxProvider {
  readonly name = 'local';
  readonly kinds = ['command'] as const;

  /** Of the jails the first healthy one is used. */
  constructor(private readonly jails: readonly Jail[]) {}

  async health(): Promise<ProviderHealth> {
    const answers: ProviderHealth[] = [];
    for (const jail of this.jails) {
      const health = await jail.health();
      if (health.ok) return health;
      answers.push(health);
    }
    return answers[0] ?? { ok: false, detail: 'No jail is configured.', remedy: null };
  }

  async run({ work, signal, limits: wanted }: SandboxRequest): Promise<SandboxResult> {
    if (work.kind !== 'command') throw new SandboxFailure('sandbox_unavailable', 'This sandbox runs commands only.');
    const limits = { ...DEFAULT_LIMITS, ...wanted };
    const jail = await this.healthyJail();
    if (signal.aborted) throw new SandboxFailure('cancelled', 'The run was stopped before it began.');
    const process = await jail.start(specOf(work, limits));
    process.stdin.end();
    const { exit, stdout, stderr } = await supervise(process, { limits, signal, folder: work.folder });
    const output = { stdout: stdout.toString(), stderr: stderr.toString() };
    if (exit.code !== null) return { exitCode: exit.code, ...output, value: null };
    throw new SandboxFailure('sandbox_died', 'The sandbox ended before the command did. Try again.', output);
  }

  async close(): Promise<void> {
    // Nothing is kept warm.
  }

  private async healthyJail(): Promise<Jail> {
    for (const jail of this.jails) if ((await jail.health()).ok) return jail;
    const { detail, remedy } = await this.health();
    throw new SandboxFailure('sandbox_unavailable', `${detail} ${remedy ?? ''}`.trim());
  }
}

function specOf(work: { readonly argv: readonly string[]; readonly folder: string }, limits: RunLimits): JailSpec {
  return {
    argv: work.argv,
    readOnly: [],
    writable: [{ source: work.folder, target: WORKSPACE }],
    env: ENVIRONMENT,
    cwd: WORKSPACE,
    limits,
  };
}
