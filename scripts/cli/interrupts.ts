/** npm hands on the signal that the terminal has sent us already: what comes this soon is the same one. Milliseconds. */
const SAME_MS = 500;

/** What Ctrl-C and a request to end mean for a command: an aborted signal at first, the end at once when repeated. */
export class Interrupts {
  private readonly controller = new AbortController();
  private first: number | undefined;
  private readonly onSignal = (): void => {
    this.first ??= Date.now();
    if (Date.now() - this.first > SAME_MS) process.exit(130);
    this.controller.abort(new Interrupted());
  };

  constructor() {
    process.on('SIGINT', this.onSignal);
    process.on('SIGTERM', this.onSignal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  release(): void {
    process.off('SIGINT', this.onSignal);
    process.off('SIGTERM', this.onSignal);
  }
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('Interrupted.');
  }
}
