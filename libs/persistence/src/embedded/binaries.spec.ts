import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Binaries, locateBinaries, reachableBinaries } from './binaries.js';

const SOMEBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'village-test-'));
  chmodSync(folder, 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The binaries as in a checkout that only root can enter. */
function closedCheckout(): Binaries {
  const binaries = locateBinaries();
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout, { mode: 0o700 });
  cpSync(join(dirname(binaries.postgres), '..'), join(checkout, 'native'), { recursive: true, verbatimSymlinks: true });
  const bin = join(checkout, 'native/bin');
  return { ...binaries, postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

describe('the binaries of the embedded PostgreSQL', () => {
  it('are used where they are by an ordinary user [DEP-1]', () => {
    const binaries = locateBinaries();
    expect(existsSync(binaries.initdb)).toBe(true);
    expect(reachableBinaries(binaries, undefined, [])).toBe(binaries);
  });

  it.runIf(isRoot)("are copied once where the checkout is closed to the server's user [DEP-1]", () => {
    const closed = closedCheckout();
    const cache = join(folder, 'cache');
    const copy = reachableBinaries(closed, SOMEBODY, [cache]);
    expect(dirname(dirname(dirname(copy.postgres)))).toBe(cache);
    expect([statSync(cache).uid, statSync(cache).mode & 0o777]).toEqual([0, 0o755]);
    const made = statSync(copy.postgres).ino;
    expect(statSync(reachableBinaries(closed, SOMEBODY, [cache]).postgres).ino).toBe(made);
  });

  it.runIf(isRoot)('are not taken from a folder that somebody else could have filled', () => {
    const closed = closedCheckout();
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    chownSync(foreign, SOMEBODY.uid, SOMEBODY.gid);
    expect(() => reachableBinaries(closed, SOMEBODY, [foreign])).toThrow(/does not belong to root.*\n.*DATABASE_URL/s);
  });
});
