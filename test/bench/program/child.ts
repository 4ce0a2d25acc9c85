import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Built } from '../built.js';
import { within } from '../measure.js';

const START_MS = 30_000;

/** The whole program, as users run it, in a process of its own. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
}

/** Starts it with these settings and waits until it is ready. Its end lets it finish what it does (SIGTERM). */
export async function startChild({ main }: Built, settings: Record<string, string>): Promise<Child> {
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', ...settings };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever ends this process ends the program with it.
  process.once('exit', () => child.kill('SIGKILL'));
  try {
    await within(START_MS, 'the start of the program', untilReady(child));
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid!,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! }))
    if (line.includes('is ready')) return void child.stdout!.resume();
  throw new Error('the program ended before it was ready');
}
