/** Characters of a pattern; together with the limit on names this bounds the work of a match. */
export const MAX_PATTERN_LENGTH = 256;

/**
 * Whether a sequence fits a pattern in which a wild entry stands for any number of items. Only the latest wild entry
 * is ever widened (an earlier one needs no second try, since the later one takes what it would), so the work is at
 * most length × length, and never exponential as with a regular expression.
 */
function fits<Part, Item>(
  pattern: readonly Part[],
  items: readonly Item[],
  isWild: (part: Part) => boolean,
  isMatch: (part: Part, item: Item) => boolean,
): boolean {
  let at = 0;
  let wild = -1;
  let resume = 0;
  for (let item = 0; item < items.length;) {
    const part = pattern[at];
    if (part !== undefined && isWild(part)) {
      wild = at++;
      resume = item;
    } else if (part !== undefined && isMatch(part, items[item] as Item)) {
      at++;
      item++;
    } else if (wild >= 0) {
      at = wild + 1;
      item = ++resume;
    } else return false;
  }
  return pattern.slice(at).every(isWild);
}

const isFolders = (part: readonly string[]): boolean => part.length === 2 && part.every((one) => one === '*');
const isAny = (character: string): boolean => character === '*';
const isSame = (character: string, actual: string): boolean => character === '?' || character === actual;
const fitsName = (part: readonly string[], name: string): boolean => fits(part, Array.from(name), isAny, isSame);

/**
 * Compiles a pattern over relative paths: `?` is one character (Unicode code point) and `*` any number of them within
 * a name, `**` as a whole name is any number of folders. Everything else, dots at the start included, stands for itself.
 */
export function compileGlob(pattern: string): (names: readonly string[]) => boolean {
  const parts = pattern.split('/').map((part) => Array.from(part));
  return (names) => fits(parts, names, isFolders, fitsName);
}
