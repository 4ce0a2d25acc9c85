import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ServerIdentity } from './identity.js';

/** Where the embedded database keeps its things, all of them under `DATA_DIR/postgres`. */
export interface Layout {
  readonly folder: string;
  /** The cluster itself: PostgreSQL's data directory. It exists only when it is complete. */
  readonly cluster: string;
  readonly credentials: string;
  readonly log: string;
  /** Remembers the socket folder, so that a later start finds it, uses it again or cleans it up. */
  readonly socketNote: string;
}

/** Passwords that the first start makes up; nobody has to know them. */
export interface Credentials {
  readonly ownerPassword: string;
  readonly loginPassword: string;
}

const credentialsSchema = z.object({ ownerPassword: z.string().min(20), loginPassword: z.string().min(20) });

/** A Unix socket's path has at most 107 bytes; `/.s.PGSQL.5432` takes 14 of them and `.lock` must fit as well. */
const LONGEST_SOCKET_FOLDER = 107 - 14 - 5;

/** Makes the folder (closed to others) where it is missing. */
export function prepareLayout(dataDir: string): Layout {
  mkdirSync(join(dataDir, 'postgres'), { recursive: true, mode: 0o700 });
  const folder = realpathSync(join(dataDir, 'postgres'));
  return {
    folder,
    cluster: join(folder, 'data'),
    credentials: join(folder, 'credentials.json'),
    log: join(folder, 'server.log'),
    socketNote: join(folder, 'socket-folder'),
  };
}

/** The passwords, and whether they are new: then a cluster that exists already must be told. */
export function loadCredentials(layout: Layout): { credentials: Credentials; isNew: boolean } {
  if (existsSync(layout.credentials)) {
    const read = credentialsSchema.safeParse(parseJson(readFileSync(layout.credentials, 'utf8')));
    if (read.success) return { credentials: read.data, isNew: false };
  }
  const credentials = { ownerPassword: newPassword(), loginPassword: newPassword() };
  return { credentials, isNew: true };
}

/** Stores them for this program's user only; written aside and renamed, so that the file is never half there. */
export function storeCredentials(layout: Layout, credentials: Credentials): void {
  const aside = `${layout.credentials}.new`;
  rmSync(aside, { force: true });
  writeFileSync(aside, `${JSON.stringify(credentials)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(aside, layout.credentials);
}

/** The socket folder of the last start where it is still fit, else a new one. Mode 700, owned by the server's user. */
export function socketFolder(layout: Layout, identity: ServerIdentity | undefined): string {
  const noted = existsSync(layout.socketNote) ? readFileSync(layout.socketNote, 'utf8').trim() : '';
  if (noted !== '' && isPrivateFolder(noted, identity?.uid ?? process.getuid?.())) return noted;
  const folder = mkdtempSync(join(temporaryFolder(identity), 'village-'));
  if (identity) chownSync(folder, identity.uid, identity.gid);
  writeFileSync(layout.socketNote, `${folder}\n`, { mode: 0o600 });
  return folder;
}

/** Removes the socket and its lock, which a server that was killed leaves behind. Only for a server that is gone. */
export function clearSockets(folder: string): void {
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) rmSync(join(folder, name), { force: true });
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPrivateFolder(path: string, uid: number | undefined): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
}

/** The temporary folder, or /tmp where that one is too deep for a socket or closed to the server's user. */
function temporaryFolder(identity: ServerIdentity | undefined): string {
  const folder = tmpdir();
  const fits = Buffer.byteLength(join(folder, 'village-123456')) <= LONGEST_SOCKET_FOLDER && !folder.includes(',');
  return fits && (!identity || isOpenToAll(folder)) ? folder : '/tmp';
}

function isOpenToAll(folder: string): boolean {
  for (let path = realpathSync(folder); ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
