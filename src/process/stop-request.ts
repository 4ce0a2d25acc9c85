import type { Logger } from '#libs/context';

/** That the process is to end: by a signal, or because something happened that nobody had foreseen. */
export interface StopRequest {
  /** Resolves when it is to end. */
  readonly requested: Promise<void>;
  /** The same, for what can be interrupted. */
  readonly signal: AbortSignal;
  /** 0 after a signal, 1 after an error. */
  readonly exitCode: number;
}

/**
 * Watches for SIGTERM, SIGINT and errors that reached nobody. Further signals change nothing: the end that has begun
 * is orderly, and one cut short would not be. It takes `limitMs` at the most; then the process ends as it is.
 */
export function watchForStop(logger: Logger, limitMs: number): StopRequest {
  const controller = new AbortController();
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  let exitCode = 0;

  const stop = (): void => {
    if (controller.signal.aborted) return;
    controller.abort();
    resolve();
    setTimeout(() => {
      logger.fatal(`the stop took longer than ${limitMs} ms`);
      process.exit(1);
    }, limitMs).unref();
  };
  const fail = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, kind);
    exitCode = 1;
    stop();
  };

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      logger.info({ signal: name }, controller.signal.aborted ? 'already stopping' : 'told to stop');
      stop();
    });
  }
  process.on('uncaughtException', fail('uncaught exception'));
  process.on('unhandledRejection', fail('unhandled rejection'));

  return {
    requested,
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}
