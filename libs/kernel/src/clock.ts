/**
 * Time as a port. `monotonic` never goes back and serves durations and time-outs; `now` is the wall clock and
 * serves only hints: a time that another process will read comes from the database.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since an arbitrary start, with fractions. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
