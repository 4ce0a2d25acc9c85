import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Built } from '../built.js';
import { end, tie } from '../children.js';
import { within } from '../measure.js';

const START_MS = 30_000;

/** The whole program, as users run it, in a process of its own. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
}

/** Starts it with these settings and waits until it is ready. Its end lets it finish what it does (SIGTERM). */
export async function startChild({ main }: Built, settings: Record<string, string>): Promise<Child> {
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', ...settings };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  tie(child);
  try {
    const url = await within(START_MS, 'the start of the program', untilReady(child));
    return { pid: child.pid!, url, [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Gives the address, which is the first one that is printed. */
async function untilReady(child: ChildProcess): Promise<string> {
  let ready = false;
  for await (const line of createInterface({ input: child.stdout! })) {
    ready ||= line.includes('is ready');
    const url = ready && /https?:\/\/[^/\s]+/.exec(line)?.[0];
    if (!url) continue;
    child.stdout!.resume();
    return url;
  }
  throw new Error('the program ended before it was ready');
}
