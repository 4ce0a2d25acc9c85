import { type Interface, createInterface } from 'node:readline';

/**
 * Answers from standard input, line by line: a person at a terminal, or a script that may have written them before
 * they are asked for.
 */
export class Keyboard {
  readonly isPerson: boolean = process.stdin.isTTY;
  private readonly out: NodeJS.WriteStream;
  private reader: Interface | undefined;
  private readonly lines: string[] = [];
  private isOver = false;
  private waiting: ((line: string | undefined) => void) | undefined;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.out = out;
  }

  /** The next line; undefined when nobody will say anything any more. Throws the signal's reason once it is aborted. */
  async ask(question: string, signal?: AbortSignal): Promise<string | undefined> {
    signal?.throwIfAborted();
    this.open();
    this.prompt(question);
    try {
      const line = await this.next(signal);
      // The terminal shows what is typed, and nobody what a script has written.
      if (!this.isPerson) this.out.write(line ?? '');
      if (!this.isPerson || line === undefined) this.out.write('\n');
      return line;
    } finally {
      // Between questions nothing reads, so that what is typed does not end up in the middle of a board.
      if (this.isPerson) this.close();
    }
  }

  close(): void {
    this.reader?.close();
    this.reader = undefined;
  }

  // A line editor draws its line anew when something is taken back, and has to know what stands before it.
  private prompt(question: string): void {
    if (!this.isPerson || !this.reader) {
      this.out.write(question);
      return;
    }
    this.reader.setPrompt(question);
    this.reader.prompt();
  }

  private open(): void {
    if (this.reader || this.isOver) return;
    const { isPerson } = this;
    const reader = createInterface({
      input: process.stdin,
      output: this.out,
      terminal: isPerson,
      historySize: 0,
    });
    this.reader = reader;
    reader.on('line', (line) => {
      if (this.waiting) this.waiting(line);
      else this.lines.push(line);
    });
    // While lines are read, the terminal hands Ctrl-C to the reader instead of sending a signal.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    reader.on('close', () => {
      // A person may press Ctrl-D and still answer the next question; a script has said all that it will.
      this.isOver = !isPerson;
      this.waiting?.(undefined);
    });
  }

  private next(signal: AbortSignal | undefined): Promise<string | undefined> {
    const ready = this.lines.shift();
    if (ready !== undefined || this.isOver) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.waiting = undefined;
        this.out.write('\n');
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.waiting = (line) => {
        this.waiting = undefined;
        signal?.removeEventListener('abort', abort);
        resolve(line);
      };
    });
  }
}
