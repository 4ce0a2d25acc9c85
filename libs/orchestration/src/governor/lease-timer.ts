import type { Clock } from '#libs/kernel';

/**
 * How long a lease lasts, seen from here. It counts from before the request was sent, so that it ends here before it
 * ends in the store.
 */
export class LeaseTimer {
  private endsAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {
    this.endsAt = clock.monotonic() + leaseMs;
  }

  copy(): LeaseTimer {
    const copy = new LeaseTimer(this.clock, this.leaseMs);
    copy.endsAt = this.endsAt;
    return copy;
  }

  /** Takes over a newer end. */
  prolong(newer: LeaseTimer): void {
    this.endsAt = Math.max(this.endsAt, newer.endsAt);
  }

  /** Monotonic time at which it ends. */
  get end(): number {
    return this.endsAt;
  }

  /** Whether enough of it is left to begin something that others can see: more than half. */
  isFresh(): boolean {
    return this.endsAt - this.clock.monotonic() > this.leaseMs / 2;
  }

  isOver(): boolean {
    return this.clock.monotonic() >= this.endsAt;
  }
}
