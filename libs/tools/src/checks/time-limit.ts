import { Script, createContext } from 'node:vm';

/** How a piece of work ended that may run too long. */
export type Limited<Result> =
  | { readonly ended: 'normally'; readonly result: Result }
  | { readonly ended: 'error'; readonly error: unknown }
  | { readonly ended: 'late' };

const script = new Script('work()');
const context = createContext({ work: undefined });

function isTimeout(error: unknown): boolean {
  // The error is made inside of the context, so it is an instance of that one's Error, not of ours.
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

/**
 * Runs synchronous work for at most so many milliseconds. The only way in Node to stop a regular expression or a loop
 * that is running on this thread is the watchdog of `node:vm`: it ends whatever runs below the call, our own
 * functions included. The context is no boundary here and needs to be none: the work is our code, its data is not.
 */
export function runLimited<Result>(milliseconds: number, work: () => Result): Limited<Result> {
  let outcome: Limited<Result> = { ended: 'late' };
  context['work'] = (): void => {
    try {
      outcome = { ended: 'normally', result: work() };
    } catch (error) {
      outcome = { ended: 'error', error };
    }
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return { ended: 'late' };
  } finally {
    context['work'] = undefined;
  }
  return outcome;
}
