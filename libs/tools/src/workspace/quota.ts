import { ToolFailure } from '../tool-failure.js';

/** Bytes that all files of one workspace may have together, each entry counted as 4 KiB at least. */
export const MAX_WORKSPACE_BYTES = 1024 * 1024 * 1024;

/** How long a count is believed: another process may have written meanwhile, or something that does not count. */
const BELIEVED_MS = 600_000;
/** Workspaces whose counts are remembered; each takes some hundred bytes. */
const MAX_REMEMBERED = 1000;

/** How much is in the workspace; it is asked to look no further than it needs to. */
export type Measure = (enough: number) => Promise<number>;

interface Count {
  bytes: number;
  readonly until: number;
}

/** What lies in each workspace, by its folder. Objects of the same workspace share it. */
const counts = new Map<string, Count>();

/**
 * Keeps a workspace within its limit, without looking through it at every write: it is measured once, then what is
 * written is added and what is removed is taken off, and it is measured again before a write is refused. What the count
 * misses (folders made on the way, a crash) is found then, or after ten minutes.
 */
export class Quota {
  constructor(
    private readonly root: string,
    private readonly limit: number,
    private readonly measure: Measure,
  ) {}

  /** Counts what is about to be written; throws `workspace_full` where there is no room for it. */
  async take(bytes: number): Promise<void> {
    const known = counts.get(this.root);
    const count = known !== undefined && known.until > performance.now() ? known : await this.measured();
    if (count.bytes + bytes > this.limit && count === known) return this.takeAtLast(bytes, await this.measured());
    this.takeAtLast(bytes, count);
  }

  /** Takes off what is not there any more. */
  release(bytes: number): void {
    const count = counts.get(this.root);
    if (count !== undefined) count.bytes = Math.max(0, count.bytes - bytes);
  }

  /** Throws `workspace_full` unless there is room for so much. */
  async require(bytes: number): Promise<void> {
    await this.take(bytes);
    this.release(bytes);
  }

  private takeAtLast(bytes: number, count: Count): void {
    if (count.bytes + bytes > this.limit) throw full(this.limit);
    count.bytes += bytes;
  }

  private async measured(): Promise<Count> {
    const count = { bytes: await this.measure(this.limit + 1), until: performance.now() + BELIEVED_MS };
    counts.delete(this.root);
    counts.set(this.root, count);
    const [oldest] = counts.keys();
    if (counts.size > MAX_REMEMBERED && oldest !== undefined) counts.delete(oldest);
    return count;
  }
}

function full(limit: number): ToolFailure {
  return new ToolFailure(
    'workspace_full',
    `The files of the workspace would have more than ${limit} bytes together, each counted as 4096 bytes at least. ` +
      'Delete what is not needed any more.',
  );
}
