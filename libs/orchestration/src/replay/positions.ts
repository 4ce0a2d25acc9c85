import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';

/** A task as a list of positions names it. */
interface Placed {
  readonly position: number;
  readonly attempts: number;
}

/**
 * Tasks by how many attempts they have had, each group as ranges of positions in the plan: `{"1": "0-3,7"}`. A list of
 * thousands of tasks that went alike is a few characters, and no list is longer than its plan.
 */
export function writePositions(tasks: Iterable<Placed>): JsonObject {
  const groups = Map.groupBy(tasks, ({ attempts }) => attempts);
  return Object.fromEntries(
    Array.from(groups, ([attempts, group]) => [String(attempts), rangesOf(group.map(({ position }) => position))]),
  );
}

/** The attempts of each task by its position, as `writePositions` wrote them. */
export function readPositions(value: JsonValue | undefined): Map<number, number> {
  const attemptsAt = new Map<number, number>();
  for (const [attempts, ranges] of Object.entries(isJsonObject(value) ? value : {})) {
    for (const range of typeof ranges === 'string' ? ranges.split(',') : []) {
      const [first, last = first] = range.split('-').map(Number);
      for (let position = first!; position <= last!; position++) attemptsAt.set(position, Number(attempts));
    }
  }
  return attemptsAt;
}

function rangesOf(positions: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const position of positions.toSorted((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open && position === open[1] + 1) open[1] = position;
    else ranges.push([position, position]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
