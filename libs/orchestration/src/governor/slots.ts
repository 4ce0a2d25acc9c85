/** Gives a slot back. Calling it twice is the same as once. */
export type ReleaseSlot = () => void;

/** A place in the line for a slot. */
export interface WaitingForSlot {
  /** The slot, or undefined when the place was given up first. */
  readonly granted: Promise<ReleaseSlot | undefined>;
  /** Leaves the line; without effect once the slot is granted. */
  withdraw(): void;
}

interface Waiting {
  readonly rank: number;
  readonly grant: (release: ReleaseSlot | undefined) => void;
}

/**
 * The tasks that this process runs at the same time, over all goals. A free slot goes to the tenant with the fewest
 * running tasks; priority counts within a tenant only, so that nobody buys a way past the others.
 */
export class SlotPool {
  private free: number;
  private readonly running = new Map<string, number>();
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(size: number) {
    this.free = size;
  }

  /** A slot, at once where one is free and nobody waits. `rank` orders within the tenant, higher first. */
  acquire(tenantId: string, rank: number): ReleaseSlot | WaitingForSlot {
    if (this.free > 0 && this.waiting.size === 0) return this.take(tenantId);
    const { promise, resolve } = Promise.withResolvers<ReleaseSlot | undefined>();
    const place: Waiting = { rank, grant: resolve };
    const queue = this.waiting.get(tenantId) ?? [];
    const behind = queue.findIndex((each) => each.rank < rank);
    queue.splice(behind < 0 ? queue.length : behind, 0, place);
    this.waiting.set(tenantId, queue);
    return { granted: promise, withdraw: () => this.leave(tenantId, place) };
  }

  private leave(tenantId: string, place: Waiting): void {
    const left = (this.waiting.get(tenantId) ?? []).filter((each) => each !== place);
    if (left.length === 0) this.waiting.delete(tenantId);
    else this.waiting.set(tenantId, left);
    place.grant(undefined);
  }

  private take(tenantId: string): ReleaseSlot {
    this.free -= 1;
    this.running.set(tenantId, (this.running.get(tenantId) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.free += 1;
      const left = (this.running.get(tenantId) ?? 1) - 1;
      if (left === 0) this.running.delete(tenantId);
      else this.running.set(tenantId, left);
      this.grantNext();
    };
  }

  private grantNext(): void {
    let chosen: string | undefined;
    for (const tenantId of this.waiting.keys()) {
      if (chosen === undefined || (this.running.get(tenantId) ?? 0) < (this.running.get(chosen) ?? 0))
        chosen = tenantId;
    }
    if (chosen === undefined || this.free === 0) return;
    const queue = this.waiting.get(chosen) ?? [];
    const next = queue.shift();
    // A tenant that still waits goes to the end of the line, so that equals take turns.
    this.waiting.delete(chosen);
    if (queue.length > 0) this.waiting.set(chosen, queue);
    next?.grant(this.take(chosen));
  }
}
