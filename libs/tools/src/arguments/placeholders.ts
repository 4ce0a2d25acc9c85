import { type InputIssue, type JsonValue, isJsonObject } from '#libs/kernel';

/** Deeper values are refused: whatever walks them later (JSON.stringify among others) would run out of stack. */
const MAX_DEPTH = 100;

type Path = readonly string[];

/** Arguments in which what can be known already stands in place of `$literal`, and where the unknown parts are. */
export interface Prepared {
  readonly value: JsonValue;
  readonly issues: readonly InputIssue[];
  /** Whether a value at this place stands for something that is only known when the task runs. */
  isUnknown(path: Path): boolean;
  /** Whether something below this place is only known when the task runs. */
  holdsUnknown(path: Path): boolean;
  /** The path as the sender wrote it, i.e. with the `$literal` on the way. */
  asWritten(path: Path): Path;
}

// Keys cannot hold a NUL that matters: input with one is refused, and here it could only blur two places.
const keyOf = (path: Path): string => path.map((part) => `${part}\0`).join('');

/** `{"$ref": …}` or `{"$literal": …}` and nothing else (contract: "A goal"). */
function placeholderOf(value: JsonValue): { kind: '$ref' | '$literal'; inner: JsonValue } | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value);
  const [key, inner] = entries[0] ?? [];
  if (entries.length !== 1 || inner === undefined || (key !== '$ref' && key !== '$literal')) return undefined;
  return { kind: key, inner };
}

class Preparation implements Prepared {
  readonly issues: InputIssue[] = [];
  readonly value: JsonValue;
  private readonly references = new Set<string>();
  private readonly literals = new Set<string>();

  constructor(input: JsonValue) {
    this.value = this.walk(input, [], false);
  }

  isUnknown(path: Path): boolean {
    return (
      path.some((_, index) => this.references.has(keyOf(path.slice(0, index)))) || this.references.has(keyOf(path))
    );
  }

  holdsUnknown(path: Path): boolean {
    const key = keyOf(path);
    return [...this.references].some((reference) => reference.startsWith(key));
  }

  asWritten(path: Path): Path {
    const end = path.findIndex((_, index) => this.literals.has(keyOf(path.slice(0, index))));
    if (end >= 0) return [...path.slice(0, end), '$literal', ...path.slice(end)];
    return this.literals.has(keyOf(path)) ? [...path, '$literal'] : path;
  }

  private walk(value: JsonValue, path: Path, untouched: boolean): JsonValue {
    if (typeof value !== 'object' || value === null) return value;
    if (path.length >= MAX_DEPTH) {
      this.refuse(path.slice(0, 8), `is nested more than ${MAX_DEPTH} levels deep: flatten it or pass it as text.`);
      return null;
    }
    const placeholder = untouched ? undefined : placeholderOf(value);
    if (placeholder?.kind === '$ref') return this.reference(value, placeholder.inner, path);
    if (placeholder?.kind === '$literal') {
      this.literals.add(keyOf(path));
      return this.walk(placeholder.inner, path, true);
    }
    return this.children(value, path, untouched);
  }

  private reference(value: JsonValue, target: JsonValue, path: Path): JsonValue {
    this.references.add(keyOf(path));
    if (typeof target !== 'string' || target === '') {
      this.refuse(
        [...path, '$ref'],
        'must be text such as `load.output`; wrap it in `$literal` if it is meant as it is.',
      );
    }
    return value;
  }

  private children(value: JsonValue, path: Path, untouched: boolean): JsonValue {
    const entries = Object.entries(value as object) as [string, JsonValue][];
    let changed = false;
    const walked = entries.map(([key, child]): [string, JsonValue] => {
      const at = [...path, key];
      if (key === '__proto__') this.refuse(at, 'is not allowed as a name: use another one.');
      const known = this.walk(child, at, untouched);
      changed ||= known !== child;
      return [key, known];
    });
    if (!changed) return value;
    // fromEntries defines own properties, so that no key can reach a prototype.
    return Array.isArray(value) ? walked.map(([, child]) => child) : Object.fromEntries(walked);
  }

  private refuse(path: Path, message: string): void {
    this.issues.push({ path: path.join('.'), message });
  }
}

/** Looks through arguments as they were submitted, before the results that `$ref` stands for exist. */
export function prepareArguments(input: JsonValue): Prepared {
  return new Preparation(input);
}
