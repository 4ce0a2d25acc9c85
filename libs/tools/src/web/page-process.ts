/**
 * Starts the process that reads a page, so that it ends in any case: with this one, and when it has computed too long.
 * No timer in it would fire while it computes. Imports nothing but Node, so that a test can crash a process with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAX_HEAP_MIB = 256;

// From the sources it is TypeScript, which Node runs by stripping types.
const CHILD = fileURLToPath(new URL(`./page-child.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url));

const SHELL = '/bin/sh';

/**
 * The kernel ends it after so many seconds of computing (RLIMIT_CPU), whatever became of its parent; and on Linux, where
 * util-linux is there, as soon as its parent is gone (prctl(2), PR_SET_PDEATHSIG). `exec` keeps the process and its channel.
 */
const GUARDED = `
PATH=/usr/bin:/bin
ulimit -t "$0"
if setpriv --pdeathsig KILL true 2>/dev/null; then exec setpriv --pdeathsig KILL "$@"; fi
exec "$@"
`;

/** `cpuSeconds`: of all its threads together, a whole number. Without a shell (Windows) nothing but its parent ends it. */
export function startPageProcess(cpuSeconds: number): ChildProcess {
  const command = [process.execPath, `--max-old-space-size=${MAX_HEAP_MIB}`, CHILD];
  const words = existsSync(SHELL) ? [SHELL, '-c', GUARDED, String(cpuSeconds), ...command] : command;
  // It needs nothing of the environment, and gets no file of this process but the channel.
  return spawn(words[0]!, words.slice(1), {
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
