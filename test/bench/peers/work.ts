/** Ten tasks in two waves: each of the second waits for all of the first. */
export const WAVES = [
  ['a1', 'a2', 'a3', 'a4', 'a5'],
  ['b1', 'b2', 'b3', 'b4', 'b5'],
] as const;

/** A task that does nothing but give back what it got. */
export async function echo(name: string): Promise<string> {
  return name;
}

/** What our engine's verification of a plan without criteria comes to: every task has an output. */
export async function verify(outputs: readonly string[]): Promise<boolean> {
  return outputs.length === WAVES.flat().length;
}
