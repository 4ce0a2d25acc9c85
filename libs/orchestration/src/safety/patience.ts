import { hasCode } from '#libs/kernel';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks again while what is asked cannot be reached (`unavailable`): that is no answer, and nobody's fault. Gives up,
 * with undefined, once the signal fires, which it does at the latest when the lease is over.
 */
export async function askPatiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<{ answer: T } | undefined> {
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return { answer: await ask() };
    } catch (error) {
      if (!hasCode(error, 'unavailable')) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return undefined;
}
