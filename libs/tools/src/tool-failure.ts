import type { ToolFailureCode } from './tool-failures.js';

/** What went wrong in a call, as it is recorded with the task and shown to its owner. */
export interface ToolError {
  /** Stable snake_case code, e.g. `file_not_found`. */
  readonly code: string;
  /** What happened and what to do about it. Holds no path of the host and no secret. */
  readonly detail: string;
  /** Whether the same call may well succeed a little later. */
  readonly retryable: boolean;
  /** Present when the call tried to get out of its bounds: a safety violation, not a slip. */
  readonly violation?: true;
  /** Present when the call may have done its work, or a part of it, all the same: to repeat it may do that twice (TOL-7). */
  readonly uncertain?: true;
  /** Present beside `uncertain` when the call is known to have been made, and only its answer cannot be used. */
  readonly made?: true;
}

export interface ToolFailureOptions {
  readonly retryable?: boolean;
  readonly violation?: boolean;
  readonly uncertain?: boolean;
  readonly made?: boolean;
  readonly cause?: unknown;
}

/**
 * A call that did not do what was asked. Tools and workspaces throw it; the runner turns it into an outcome. It is
 * no DomainError: the request that led to the call was answered long ago, and the failure belongs to the task.
 */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
  private readonly retryable: boolean;
  private readonly violation: boolean;
  private readonly uncertain: boolean;
  private readonly made: boolean;

  constructor(
    readonly code: ToolFailureCode,
    detail: string,
    options: ToolFailureOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = options.retryable ?? false;
    this.violation = options.violation ?? false;
    this.made = options.made ?? false;
    this.uncertain = this.made || (options.uncertain ?? false);
  }

  toError(): ToolError {
    const error = { code: this.code, detail: this.message, retryable: this.retryable };
    return {
      ...error,
      ...(this.violation && { violation: true as const }),
      ...(this.uncertain && { uncertain: true as const }),
      ...(this.made && { made: true as const }),
    };
  }
}

/**
 * What uses the answer of a call that has been made. A failure says then that it was: to make the call again for the sake
 * of its answer would do its work twice (TOL-7).
 */
export function afterTheCall<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    const { code, message, cause } = error;
    const { violation = false } = error.toError();
    throw new ToolFailure(code, message, { violation, made: true, cause });
  }
}
