import { DEFAULT_LIMITS, type ProviderHealth, SandboxFailure } from '../sandbox.port.js';
import { supervise } from '../supervise.js';
import { ALLOW_NAMESPACES, howToInstall } from './installing.js';
import type { Jail } from './jail.js';

/** Builds a jail and runs something in it, since no file or setting tells whether the kernel lets it. */
export async function tryOut(jail: Jail): Promise<ProviderHealth> {
  const limits = { ...DEFAULT_LIMITS, wallMs: 10_000 };
  const spec = { argv: ['true'], readOnly: [], writable: [], env: { PATH: '/usr/bin:/bin' }, cwd: '/', limits };
  try {
    const run = await supervise(await jail.start(spec), { limits, signal: new AbortController().signal });
    if (run.exit.code === 0) return { ok: true, detail: `Jails by ${jail.name} work here.`, remedy: null };
    return refused(jail, run.stderr.toString());
  } catch (error) {
    if (!(error instanceof SandboxFailure)) return refused(jail, messageOf(error));
    if (error.code !== 'sandbox_unavailable') return refused(jail, messageOf(error.cause ?? error));
    return { ok: false, detail: error.message, remedy: howToInstall() };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refused(jail: Jail, reason: string): ProviderHealth {
  // Tools name the folders that they stumble over; where those lie on the host is nobody's business.
  const [line = ''] = reason
    .trim()
    .replaceAll(/\/[^\s:]+/g, '…')
    .split('\n');
  return { ok: false, detail: `${jail.name} cannot build a jail here: ${line}`, remedy: ALLOW_NAMESPACES };
}
