import { randomInt } from 'node:crypto';
import { lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JailSpec, JailedProcess } from './jail.js';

/**
 * A range that nobody hands out: systemd leaves all from here on alone (https://systemd.io/UIDS-GIDS/). Each process of
 * ours begins somewhere else in it, so that two on one machine hardly meet.
 */
const FIRST = 1_900_000_000;
const BLOCKS = 100_000;
const BLOCK = 1000;

/**
 * Users that runs have to themselves where this process is root: limits on processes do not bind root, and they are
 * counted per user, so that runs under one user could starve each other. User and group have the same number.
 */
export class Identities {
  private readonly base = FIRST + randomInt(BLOCKS) * BLOCK;
  private readonly taken = new Set<number>();

  /** A number that no other run of this process has. Give it back when nothing of the run is left. */
  take(): number {
    let id = this.base;
    while (this.taken.has(id)) id += 1;
    this.taken.add(id);
    return id;
  }

  giveBack(id: number): void {
    this.taken.delete(id);
  }
}

/**
 * Starts a run as a user of its own, to whom the folders that it may write to belong meanwhile; as the one user that
 * there is where this process is not root (`identities` undefined).
 */
export async function startAs(
  identities: Identities | undefined,
  spec: Pick<JailSpec, 'writable'>,
  launch: (id: number | undefined) => Promise<JailedProcess>,
): Promise<JailedProcess> {
  if (identities === undefined) return launch(undefined);
  const id = identities.take();
  try {
    await Promise.all(spec.writable.map(({ source }) => handOver(source, id)));
    const started = await launch(id);
    void started.exited.then(() => identities.giveBack(id));
    return started;
  } catch (error) {
    identities.giveBack(id);
    throw error;
  }
}

/** Makes a folder or file and all below it belong to a user; links themselves, not what they point to. */
async function handOver(path: string, id: number): Promise<void> {
  await lchown(path, id, id);
  for (const entry of await entriesOf(path)) {
    const below = join(path, entry.name);
    await (entry.isDirectory() ? handOver(below, id) : lchown(below, id, id));
  }
}

async function entriesOf(path: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [];
    throw error;
  }
}
