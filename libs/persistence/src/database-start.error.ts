/**
 * The database cannot be used, and the start of the program ends here. The message says what is wrong and what to do
 * about it; it holds no password. Not a DomainError: no caller of the API ever meets it.
 */
export class DatabaseStartError extends Error {
  override readonly name: string = 'DatabaseStartError';

  constructor(problem: string, remedy: string, cause?: unknown) {
    super(`${problem}\n${remedy}`, cause === undefined ? undefined : { cause });
  }
}

/** It cannot be used as the settings say: one of them, which the message names, has to change. */
export class DatabaseSettingError extends DatabaseStartError {
  override readonly name = 'DatabaseSettingError';
}
