const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** How long to wait before attempt `n` (from 0): doubling up to five seconds, with a random part so that processes spread. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (random() * full) / 2;
}
