import { ToolFailure } from './tool-failure.js';
import type { ToolFailureCode } from './tool-failures.js';

interface Meaning {
  readonly code: ToolFailureCode;
  readonly retryable?: true;
  /** Ends the sentence that begins with the path. */
  readonly text: string;
}

const BUSY: Meaning = {
  code: 'storage_unavailable',
  retryable: true,
  text: 'cannot be reached right now: the storage is busy or failing. Try again a little later.',
};

const FULL: Meaning = {
  code: 'storage_full',
  retryable: true,
  text: 'cannot be written: the disk or its quota is full. An operator has to free space first.',
};

const CHANGED: Meaning = {
  code: 'changed_meanwhile',
  retryable: true,
  text: 'was replaced while it was being opened. Let tasks that touch the same path depend on each other.',
};

const DENIED: Meaning = {
  code: 'permission_denied',
  text: 'is not open to this process: its mode or owner was changed, or the file system is read-only.',
};

/** What the operating system says (errno(3)), in terms of a workspace. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: {
    code: 'file_not_found',
    text: 'does not exist. Give it in `files`, or make it by an earlier task; `list_directory` shows what there is.',
  },
  ENOTDIR: { code: 'not_a_directory', text: 'is not a folder, or a part of its path is not.' },
  EISDIR: { code: 'is_a_directory', text: 'is a folder. Name a file in it.' },
  EEXIST: { code: 'already_exists', text: 'exists already. Choose another name or remove it first.' },
  ENAMETOOLONG: { code: 'path_too_long', text: 'has a name that the file system does not take. Use a shorter one.' },
  ELOOP: CHANGED,
  ENXIO: { code: 'not_a_file', text: 'is neither a file nor a folder (a pipe, a socket or a device).' },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: DENIED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EMFILE: BUSY,
  ENFILE: BUSY,
  EBUSY: BUSY,
  EAGAIN: BUSY,
  EIO: BUSY,
  ESTALE: BUSY,
  ETIMEDOUT: BUSY,
};

/** The errno name of a Node system error, e.g. `ENOENT`, or undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The failure that a system error means; `path` is the name the caller used, since Node's own text holds the host's. */
export function failureOfSystemError(error: unknown, path = 'A file'): ToolFailure | undefined {
  const meaning = MEANINGS[errnoOf(error) ?? ''];
  if (meaning === undefined) return undefined;
  const subject = path === 'A file' ? path : `\`${path}\``;
  return new ToolFailure(meaning.code, `${subject} ${meaning.text}`, {
    retryable: meaning.retryable ?? false,
    cause: error,
  });
}
