import type { LoggerService } from '@nestjs/common';
import type { Logger } from '#libs/context';

/** Nest's own messages in the program's log. Its running commentary on the start is of interest only when asked for. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...details: unknown[]): void {
    this.logger.debug(fields(details), String(message));
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.logger.debug(fields(details), String(message));
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.logger.trace(fields(details), String(message));
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.logger.warn(fields(details), String(message));
  }

  error(message: unknown, ...details: unknown[]): void {
    this.logger.error(fields(details), String(message));
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.logger.fatal(fields(details), String(message));
  }
}

// Nest passes what it wants to say, then its context's name as the last argument.
function fields(details: readonly unknown[]): { context?: string } {
  const context = details.at(-1);
  return typeof context === 'string' ? { context } : {};
}
