/** Bytes of a path, as the tools allow them. */
const MAX_PATH_BYTES = 4096;

/** Whether a text can be a path in a workspace at all. Where it leads is judged when it is used. */
export function isWorkspacePath(text: string): boolean {
  return (
    text !== '' &&
    !text.startsWith('/') &&
    !text.includes('\\') &&
    !text.includes('\0') &&
    !text.split('/').includes('..') &&
    Buffer.byteLength(text) <= MAX_PATH_BYTES
  );
}

const EXTENSION = /[^/.]\.[a-z0-9_-]{1,12}$/i;
const NUMBER = /^[\d.,+-]+$/;

/** Places that a goal is given, and what else looks like a place. */
export class Places {
  private readonly files: ReadonlySet<string>;
  private readonly folders: ReadonlySet<string>;

  constructor(files: readonly string[] = []) {
    this.files = new Set(files.map(plainPath));
    this.folders = new Set(files.flatMap((file) => foldersOf(plainPath(file))));
  }

  /** One of the goal's files, or something with a folder or an extension: a word in a sentence is neither. */
  isPath(text: string): boolean {
    if (!isWorkspacePath(text)) return false;
    if (this.files.has(plainPath(text))) return true;
    if (text.includes('://') || NUMBER.test(text) || text.endsWith('/')) return false;
    return text.includes('/') || EXTENSION.test(text) || /^\.[a-z0-9_-]{2,}$/i.test(text);
  }

  /** A folder of one of the goal's files, or something that is written like a folder. */
  isFolder(text: string): boolean {
    if (!isWorkspacePath(text) || text.includes('://')) return false;
    return text === '.' || text.includes('/') || this.folders.has(plainPath(text));
  }
}

/** `./a//b/` and `a/b` are the same place. */
export function plainPath(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
}

function foldersOf(file: string): string[] {
  const names = file.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}
