/** Whether this is the long form (`npm run test:faults`); `npm run test:faults:short` and `npm test` run fewer rounds. */
export const LONG = process.env['FAULTS'] === 'long';

/** So many rounds in the short form, so many in the long one. */
export function rounds(short: number, long: number): number {
  return LONG ? long : short;
}

/** How long something may take to happen, in milliseconds, on a machine that is busy. */
export const PATIENCE_MS = 120_000;

/** How long a test or a hook may take, in milliseconds: an end for what hangs, also where the machine is busy. */
export const LIMIT_MS = rounds(180_000, 1_800_000);
