import { newId } from '#libs/kernel';
import type { ProviderHealth } from '../sandbox.port.js';
import type { Jail, JailSpec, JailedProcess } from './jail.js';
import { resourceLimits } from './limits.js';
import { MARK, PlainProcess } from './plain-process.js';
import { findProgram } from './programs.js';

/**
 * No jail at all: a process of this machine, of this user, that sees and may change all that this user may. Only for
 * administrators who run nothing but commands that they trust, or who have put the whole program into a jail.
 */
export class PlainJail implements Jail {
  readonly name = 'none';
  readonly forCommands = true;

  async health(): Promise<ProviderHealth> {
    const detail = 'Commands run as plain processes of this machine, WITHOUT a jail: SANDBOX_WITHOUT_JAIL is set.';
    return { ok: true, detail, remedy: null };
  }

  async start(spec: JailSpec): Promise<JailedProcess> {
    const mark = newId();
    const prlimit = findProgram('prlimit');
    // Here a limit on processes would count all that this user has on the machine.
    const limits = resourceLimits(spec.limits).filter((limit) => !limit.startsWith('--nproc'));
    const limited = prlimit === undefined ? [] : [prlimit, ...limits, '--'];
    const cwd = spec.writable.find(({ target }) => target === spec.cwd)?.source ?? spec.cwd;
    return new PlainProcess([...limited, ...spec.argv], { ...spec.env, HOME: cwd, [MARK]: mark }, cwd, mark);
  }
}
