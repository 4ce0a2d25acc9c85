const BASE_MS = 500;
const LONGEST_MS = 60_000;

/**
 * Milliseconds to wait before the attempt that follows attempt `n` (1 for the first): exponential, capped, with half
 * of it random so that tasks which failed together do not come back together. `random` gives 0 ≤ x < 1.
 */
export function backoff(n: number, random: () => number): number {
  const full = Math.min(BASE_MS * 2 ** (n - 1), LONGEST_MS);
  return Math.round(full / 2 + (full / 2) * random());
}
