/** A row of docs/features.md. */
export interface Feature {
  readonly id: string;
  readonly places: readonly string[];
  readonly tests: readonly string[];
}

export interface TestFile {
  readonly path: string;
  readonly text: string;
}

const ID = '[A-Z]{3}-\\d+';
const ROW = new RegExp(`^\\|\\s*(${ID})\\s*\\|([^|]+)\\|([^|]+)\\|([^|]+)\\|\\s*$`);
/** `… [ORC-5]'`, `… [ORC-5, ORC-6]'` or `… [ORC-5] [ORC-6]'` at the end of a title. */
const TITLE_END = new RegExp(`((?:\\[${ID}(?:, ${ID})*\\] ?)+)['"\`]`, 'g');

/** The rows of the tables in docs/features.md: id, promise, where it lives, test. */
export function readFeatures(markdown: string): Feature[] {
  const features: Feature[] = [];
  for (const line of markdown.split('\n')) {
    const [, id, , places, tests] = ROW.exec(line) ?? [];
    if (id && places && tests) features.push({ id, places: inBackticks(places), tests: inBackticks(tests) });
  }
  return features;
}

function inBackticks(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}

/** The ids that the titles of a test file end with. */
export function shownIds(text: string): Set<string> {
  return new Set([...text.matchAll(TITLE_END)].flatMap((match) => (match[1] ?? '').match(/[A-Z]{3}-\d+/g) ?? []));
}

/**
 * Holds the promises and the tests together: each promise names files that exist and tests that show it; each id that a
 * test shows is promised; no id stands twice. Gives a sentence for every fault.
 */
export function findFaults(
  features: readonly Feature[],
  tests: readonly TestFile[],
  exists: (path: string) => boolean,
): string[] {
  const shown = new Map(tests.map((test) => [test.path, shownIds(test.text)]));
  const faults = features.flatMap((feature) => [
    ...feature.places.filter((path) => !exists(path)).map((path) => `${feature.id}: there is no ${path}.`),
    ...(feature.places.length === 0 ? [`${feature.id} does not say where it lives.`] : []),
    ...(feature.tests.length === 0 ? [`${feature.id} names no test.`] : []),
    ...feature.tests
      .filter((path) => !shown.get(path)?.has(feature.id))
      .map((path) => `${feature.id}: no test title of ${path} ends with [${feature.id}].`),
  ]);
  return [...faults, ...findTwice(features), ...findUnclaimed(features, shown)];
}

function findTwice(features: readonly Feature[]): string[] {
  const ids = features.map((feature) => feature.id);
  const twice = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  return [...twice].map((id) => `${id} stands in docs/features.md more than once.`);
}

function findUnclaimed(features: readonly Feature[], shown: ReadonlyMap<string, Set<string>>): string[] {
  const claimed = new Set(features.map((feature) => feature.id));
  const by = new Map<string, string[]>();
  for (const [path, ids] of shown) {
    for (const id of ids) if (!claimed.has(id)) by.set(id, [...(by.get(id) ?? []), path]);
  }
  return [...by]
    .toSorted(([left], [right]) => left.localeCompare(right, 'en', { numeric: true }))
    .map(([id, paths]) => `${id} is shown by ${paths.join(', ')}, but docs/features.md does not list it.`);
}
