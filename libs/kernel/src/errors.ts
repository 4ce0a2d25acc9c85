/** What a stable error code means, in words for the person who meets it. The page of error codes is made of these. */
export interface ErrorDefinition {
  /** A short name of the error, the same for every occurrence. */
  readonly title: string;
  /** When it happens. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** One thing that is wrong with an input: where, and what to do about it. */
export interface InputIssue {
  /** Dotted path from the root of the input, e.g. `plan.tasks.2.tool`; `$query.limit` for a query parameter. */
  readonly path: string;
  readonly message: string;
}

export interface DomainErrorOptions {
  /** What is shown to the caller. Never holds a secret or another tenant's data. */
  readonly detail: string;
  /** What only the log shows. */
  readonly privateDetail?: string;
  readonly issues?: readonly InputIssue[];
  /** Members added to the problem document, e.g. when a quota resets. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * An error that the product means: a stable code, a public text and a private one. It knows nothing of HTTP; the
 * edge holds the one map from codes to statuses.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly title: string;
  readonly detail: string;
  readonly privateDetail: string | undefined;
  readonly issues: readonly InputIssue[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly code: string,
    definition: ErrorDefinition,
    options: DomainErrorOptions,
  ) {
    super(options.detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.title = definition.title;
    this.detail = options.detail;
    this.privateDetail = options.privateDetail;
    this.issues = options.issues;
    this.extensions = options.extensions;
  }
}

/** A closed set of errors that one module can raise. */
export interface ErrorCatalogue<Code extends string = string> {
  readonly definitions: Readonly<Record<Code, ErrorDefinition>>;
  /** Makes the error; throwing it is the caller's line, so that control flow stays visible. */
  make(code: Code, options: DomainErrorOptions | string): DomainError;
}

/** Declares the errors of a module, in its `*.errors.ts`. A code must be unique in the whole program. */
export function defineErrors<const Code extends string>(
  definitions: Record<Code, ErrorDefinition>,
): ErrorCatalogue<Code> {
  return {
    definitions,
    make: (code, options) =>
      new DomainError(code, definitions[code], typeof options === 'string' ? { detail: options } : options),
  };
}

/** Whether a caught value is a DomainError with this code. */
export function hasCode(error: unknown, code: string): error is DomainError {
  return error instanceof DomainError && error.code === code;
}
