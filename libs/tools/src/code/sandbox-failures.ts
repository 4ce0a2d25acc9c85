import { excerpt } from '#libs/kernel';
import { SandboxFailure, type SandboxFailureCode } from '#libs/sandbox';
import { ToolFailure } from '../tool-failure.js';
import type { ToolFailureCode } from '../tool-failures.js';

/**
 * Whether the same call may well succeed a little later. A limit that was met is met again, since the same code on the
 * same input runs as long and takes as much; and what is not installed stays so for longer than retries last.
 */
const RETRYABLE: Readonly<Record<SandboxFailureCode & ToolFailureCode, boolean>> = {
  sandbox_unavailable: false,
  sandbox_timeout: false,
  sandbox_memory: false,
  sandbox_output: false,
  sandbox_processes: false,
  sandbox_disk: false,
  code_failed: false,
  sandbox_died: true,
  cancelled: false,
};

/** Characters of what was printed last that a failure repeats. */
const PRINTED_LENGTH = 300;

/** A failure of a sandbox as one of a call; any other error as it is. */
export function failureOfSandbox(error: unknown): unknown {
  if (!(error instanceof SandboxFailure)) return error;
  return new ToolFailure(error.code, storable(`${error.message}${printedBefore(error)}`), {
    retryable: RETRYABLE[error.code],
    cause: error,
  });
}

/** Printed text as it can be stored: it informs people, so a stand-in for what the database refuses is better than a refusal. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}');
}

function printedBefore({ output }: SandboxFailure): string {
  const printed = [output['stderr'], output['stdout']].find((text) => typeof text === 'string' && text.trim() !== '');
  if (typeof printed !== 'string') return '';
  const text = printed.trim();
  const end = text.length > PRINTED_LENGTH ? `…${text.slice(-PRINTED_LENGTH)}` : excerpt(text, PRINTED_LENGTH);
  return ` Printed before: ${end}`;
}
