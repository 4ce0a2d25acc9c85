/** Marks a branch that the types rule out; throws if it is reached all the same. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
