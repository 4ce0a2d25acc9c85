import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Standard output, as far as it matters here. */
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** How often the board is drawn anew where it can be. */
const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/**
 * Standard output with a board at its end that is drawn over and over in place, as long as it is a terminal. Elsewhere
 * there is no board: who prints says by `isLive` whether it needs to tell more.
 */
export class Screen {
  readonly isLive: boolean;
  private readonly out: Output;
  private board: (() => readonly string[]) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private drawn: readonly string[] = [];
  private readonly restore = (): void => {
    this.out.write(SHOW_CURSOR);
  };

  constructor(out: Output = process.stdout) {
    this.out = out;
    this.isLive = out.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  /** Columns that a line may have; the last one stays free, since some terminals break the line after it. */
  get width(): number {
    return Math.max(20, (this.out.columns ?? 81) - 1);
  }

  /** Coloured where colours are wanted: NO_COLOR and FORCE_COLOR are honoured. */
  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.out });
  }

  /** Prints lines that stay, above the board. */
  print(...lines: readonly string[]): void {
    this.out.write(`${this.eraser()}${lines.map((line) => `${line}\n`).join('')}`);
    this.drawn = [];
    this.draw();
  }

  /** Shows a board: the lines of the function, again and again. The lines must not be wider than `width`. */
  show(board: () => readonly string[]): void {
    this.board = board;
    this.resume();
  }

  /** Takes the board away for a while, e.g. for a question. */
  pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (!this.isLive) return;
    this.out.write(this.eraser() + SHOW_CURSOR);
    this.drawn = [];
    process.off('exit', this.restore);
  }

  resume(): void {
    if (!this.isLive || !this.board || this.timer) return;
    this.out.write(HIDE_CURSOR);
    process.on('exit', this.restore);
    this.timer = setInterval(() => this.draw(), FRAME_MS);
    this.draw();
  }

  /** Draws the board a last time and leaves it standing. */
  end(): void {
    if (this.timer) this.draw();
    clearInterval(this.timer);
    this.timer = undefined;
    this.board = undefined;
    this.drawn = [];
    process.off('exit', this.restore);
    if (this.isLive) this.restore();
  }

  private draw(): void {
    if (!this.timer || !this.board) return;
    // What does not fit would scroll away and could not be drawn over.
    const lines = this.board().slice(-Math.max(1, (this.out.rows ?? 24) - 1));
    if (lines.join('\n') === this.drawn.join('\n')) return;
    this.out.write(`${this.eraser()}${lines.map((line) => `${line}\n`).join('')}`);
    this.drawn = lines;
  }

  private eraser(): string {
    return this.drawn.length === 0 ? '' : `\r\u001b[${this.drawn.length}A\u001b[0J`;
  }
}
