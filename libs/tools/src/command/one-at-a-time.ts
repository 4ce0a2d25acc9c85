/** What is being done in each workspace, by its folder: the end of the last in the row. */
const rows = new Map<string, Promise<void>>();

/**
 * Does one thing at a time for a workspace, in order of arrival. A goal is worked on by one process, so a row in its
 * memory is enough.
 */
export async function oneAtATime<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  const before = rows.get(root);
  const { promise, resolve } = Promise.withResolvers<void>();
  rows.set(root, promise);
  try {
    await before;
    return await work();
  } finally {
    if (rows.get(root) === promise) rows.delete(root);
    resolve();
  }
}
