import { AsyncLocalStorage } from 'node:async_hooks';
import { vi } from 'vitest';

/** Something whose timers may stand still, or end with it. */
export interface Process {
  readonly dead: boolean;
  /** Calls what a timer of the process was set for, if and when the process goes on. */
  fire(callback: () => void): void;
}

const processes = new AsyncLocalStorage<Process>();

/** Runs `body`, and whatever follows from it, as a part of the process. */
export function inProcess<T>(process: Process, body: () => T): T {
  return processes.run(process, body);
}

/** The moment at which virtual time begins: any will do, but it must not be the real one. */
const BEGINNING = Date.UTC(2030, 0, 1);

/**
 * Runs `body` in a time of its own: whenever nothing can go on without waiting, the clock jumps to the next timer. Hours
 * pass in milliseconds, and the same body runs the same way each time. Throws when `limitMs` of virtual time are over.
 */
export async function inVirtualTime<T>(limitMs: number, body: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    now: BEGINNING,
  });
  giveTimersToProcesses();
  try {
    let isOver = false;
    const result = body().finally(() => (isOver = true));
    result.catch(() => undefined);
    for (;;) {
      await everythingThatCanGoOn();
      if (isOver) return await result;
      if (Date.now() - BEGINNING > limitMs) throw new Error(`it did not end within ${limitMs} ms of virtual time`);
      if (vi.getTimerCount() === 0) throw new Error('everything waits, and no timer will wake it');
      vi.advanceTimersToNextTimer();
    }
  } finally {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
}

/** Whoever sets a timer owns it: it does not fire while its process stands still. */
function giveTimersToProcesses(): void {
  const { setTimeout: once, setInterval: again, clearInterval: end } = globalThis;
  vi.stubGlobal('setTimeout', (callback: () => void, milliseconds?: number) => {
    const owner = processes.getStore();
    return once(owner ? () => owner.fire(callback) : callback, milliseconds);
  });
  vi.stubGlobal('setInterval', (callback: () => void, milliseconds?: number) => {
    const owner = processes.getStore();
    if (!owner) return again(callback, milliseconds);
    const timer = again(() => (owner.dead ? end(timer) : owner.fire(callback)), milliseconds);
    return timer;
  });
}

/** Virtual milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Immediates are real ones: Node runs one only after all that promises have to do. */
function everythingThatCanGoOn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
