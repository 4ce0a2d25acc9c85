import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Whose `first-run.json` leads to the server. */
  readonly dataDir: string;
  /** What stands in standard input; nothing by default. */
  readonly input?: string;
  /** Runs on a terminal of 80 columns and 30 rows; needs `script`. */
  readonly onTerminal?: boolean;
  /** Told of all that was written so far, each time that there is more. */
  readonly onOutput?: (child: ChildProcess, output: string) => void;
}

/** Runs `scripts/<name>.mjs` as npm does, without colours, and gives what became of it. */
export function command(name: 'demo' | 'goal', args: readonly string[], options: CommandOptions): Promise<Finished> {
  const { dataDir, input, onTerminal = false, onOutput } = options;
  const line = [process.execPath, `scripts/${name}.mjs`, ...args];
  const [program = '', ...rest] = onTerminal ? terminalFor(line) : line;
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      TERM: 'xterm',
      NO_COLOR: '1',
      DATA_DIR: dataDir,
    },
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  // Who is to answer later keeps standard input open.
  if (onOutput === undefined) child.stdin.end(input ?? '');
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      texts[stream] += chunk.toString();
      onOutput?.(child, texts.stdout);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...texts }));
  });
}

/** `script` takes one text, which a shell reads. */
function terminalFor(line: readonly string[]): string[] {
  const words = line.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return ['script', '--quiet', '--return', '--command', `stty cols 80 rows 30; exec ${words}`, '/dev/null'];
}
