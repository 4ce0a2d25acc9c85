/** Whether this is the long form (`npm run test:faults`); `npm test` runs the same files with fewer rounds. */
export const LONG = process.env['FAULTS'] === 'long';

/** So many rounds in the short form, so many in the long one. */
export function rounds(short: number, long: number): number {
  return LONG ? long : short;
}
