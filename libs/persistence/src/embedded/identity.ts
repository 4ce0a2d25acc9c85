import { readFileSync, statSync } from 'node:fs';
import { DatabaseStartError } from '../database-start.error.js';

/** The user and group that the server runs as when this program is root. */
export interface ServerIdentity {
  readonly uid: number;
  readonly gid: number;
}

const PASSWD = '/etc/passwd';
// initdb wants a user that /etc/passwd knows. `postgres` is there wherever a PostgreSQL was ever installed, `nobody`
// on practically every Linux.
const CANDIDATES = ['postgres', 'nobody'];

/**
 * Who runs the server. An ordinary user runs it itself (undefined). PostgreSQL refuses to run as root, so root runs
 * it as the owner of the existing cluster, or, for a new one, as the first of the users above.
 */
export function serverIdentity(cluster: string): ServerIdentity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (process.platform !== 'linux') {
    throw new DatabaseStartError(
      'The embedded PostgreSQL cannot be started by root on this platform.',
      'Start the program as an ordinary user, or set DATABASE_URL.',
    );
  }
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (!owner) return firstKnownUser();
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const { uid, gid } = firstKnownUser();
  throw new DatabaseStartError(
    `The database in ${cluster} belongs to root, and PostgreSQL refuses to run as root.`,
    `Give it to the user that runs it: chown -R ${uid}:${gid} '${cluster}'`,
  );
}

function firstKnownUser(): ServerIdentity {
  const users = new Map(
    readFileSync(PASSWD, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  for (const name of CANDIDATES) {
    const user = users.get(name);
    if (user && user.uid > 0) return user;
  }
  throw new DatabaseStartError(
    `PostgreSQL refuses to run as root, and ${PASSWD} knows none of the users ${CANDIDATES.join(', ')}.`,
    'Start the program as an ordinary user, add one of these users, or set DATABASE_URL.',
  );
}
