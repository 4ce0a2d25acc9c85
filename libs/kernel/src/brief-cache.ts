import type { Clock } from './clock.js';

export interface BriefCacheOptions {
  /** Milliseconds for which an answer is good, counted from the moment at which it was asked for. */
  readonly lifeMs: number;
  /** The oldest entries go when there are more. */
  readonly maxEntries: number;
}

interface Entry<Value> {
  readonly until: number;
  readonly value: Promise<Value | undefined>;
}

/**
 * Remembers answers for moments, so that a busy caller does not ask the database the same at each request. Because
 * the life of an answer begins when the question is asked, a change is seen everywhere once `lifeMs` has passed, with
 * no message between processes. Callers who ask the same at the same time share one question. "Nothing" and errors
 * are not remembered.
 */
export class BriefCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();

  constructor(
    private readonly options: BriefCacheOptions,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** The remembered answer, or that of `load`. */
  async get(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const now = this.clock.monotonic();
    const held = this.entries.get(key);
    if (held && now < held.until) return held.value;
    const entry = { until: now + this.options.lifeMs, value: load() };
    this.remember(key, entry);
    try {
      const value = await entry.value;
      if (value === undefined) this.forget(key, entry);
      return value;
    } catch (error) {
      this.forget(key, entry);
      throw error;
    }
  }

  /** Forgets everything, since something is known to have changed. */
  clear(): void {
    this.entries.clear();
  }

  private remember(key: string, entry: Entry<Value>): void {
    // Deleted first, so that the order of the map stays the order of age.
    this.entries.delete(key);
    this.entries.set(key, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.options.maxEntries && oldest !== undefined) this.entries.delete(oldest);
  }

  private forget(key: string, entry: Entry<Value>): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }
}
