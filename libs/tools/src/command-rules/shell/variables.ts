import { TEMPORARY, WORKSPACE } from '../places.js';
import { UNKNOWN } from '../text.js';

/** More possible values than that are as good as unknown. */
const MAX_VALUES = 16;
/** Values that no text tells. */
const NEVER_KNOWN = new Set(['?', '$', '!', '-', '_', '#']);

/** What is known of variables while a text is read. */
export class Variables {
  private constructor(
    private readonly values: Map<string, readonly string[]>,
    /** `$1`, `$2` …; undefined where they cannot be known. */
    public parameters: readonly string[] | undefined,
  ) {}

  static atStart(): Variables {
    const values = { HOME: [WORKSPACE], PWD: [WORKSPACE], IFS: [' \t\n'], TMPDIR: [TEMPORARY] };
    return new Variables(new Map(Object.entries(values)), []);
  }

  /** How many there are: what copying them costs. */
  get size(): number {
    return this.values.size;
  }

  /** A copy whose changes stay its own. */
  copy(parameters: readonly string[] | undefined = this.parameters): Variables {
    return new Variables(new Map(this.values), parameters);
  }

  /** The values that it may have; undefined where nothing set it. */
  valuesOf(name: string): readonly string[] | undefined {
    if (NEVER_KNOWN.has(name)) return [UNKNOWN];
    if (name === '0' || !/^\d/.test(name)) return this.values.get(name);
    return this.parameters ? [this.parameters[Number(name) - 1] ?? ''] : [UNKNOWN];
  }

  /** `isCertain` is false where the assignment may be skipped, so that the old value remains possible. */
  set(name: string, values: readonly string[], isCertain: boolean): void {
    const before = isCertain ? [] : (this.values.get(name) ?? []);
    const all = [...new Set([...before, ...values])];
    this.values.set(name, all.length > MAX_VALUES ? [UNKNOWN] : all);
  }
}
