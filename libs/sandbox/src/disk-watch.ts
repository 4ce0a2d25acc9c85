import { folderBytes, freeSpace } from './disk-usage.js';

/** Milliseconds between the end of a look and the next one, at the least. */
const PAUSE_MS = 250;
/** A pause is this many times as long as the look before it, so that large folders do not keep the machine busy. */
const PAUSE_FACTOR = 8;

/**
 * Watches what a run puts on the disk, in the folders that are its own, and what cannot be seen there: a file that was
 * removed but is still open takes space, too. Such space is missed only once it is scarce; then a run that may have
 * taken it is stopped, and the space is free again.
 */
export class DiskWatch {
  private over = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly freeAtStart: Promise<number>;

  constructor(
    /** At least one; they are on one file system. */
    private readonly folders: readonly string[],
    private readonly limit: number,
    private readonly onFull: () => void,
  ) {
    this.freeAtStart = freeSpace(this.first).then(
      ({ bytes }) => bytes,
      () => 0,
    );
    this.plan(PAUSE_MS);
  }

  end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private plan(pauseMs: number): void {
    if (!this.over) this.timer = setTimeout(() => void this.look(), pauseMs);
  }

  private async look(): Promise<void> {
    const began = performance.now();
    if (await this.isFull()) {
      if (!this.over) this.onFull();
      this.end();
      return;
    }
    this.plan(Math.max(PAUSE_MS, PAUSE_FACTOR * (performance.now() - began)));
  }

  private async isFull(): Promise<boolean> {
    try {
      if ((await this.bytes()) > this.limit) return true;
      const { bytes, scarce } = await freeSpace(this.first);
      return scarce && (await this.freeAtStart) - bytes > this.limit;
    } catch {
      // The folder is gone: whoever removed it has ended the run, or will.
      return false;
    }
  }

  private async bytes(): Promise<number> {
    let sum = 0;
    for (const folder of this.folders) if (sum <= this.limit) sum += await folderBytes(folder, this.limit);
    return sum;
  }

  private get first(): string {
    return this.folders[0] ?? '/';
  }
}
