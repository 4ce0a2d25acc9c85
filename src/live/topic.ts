/**
 * Something that several streams follow. Its generation counts the times that it was woken: a question asked in one
 * generation sees all that was committed before that generation began.
 */
export class Topic {
  followers = 0;
  private current = 0;
  private readonly waiting = new Set<() => void>();
  private readonly asked = new Map<string, Promise<unknown>>();

  get generation(): number {
    return this.current;
  }

  /** Whether nobody waits for it and no question is open. */
  get idle(): boolean {
    return this.waiting.size === 0 && this.asked.size === 0;
  }

  wake(): void {
    this.current += 1;
    // Those who ask from now on must see what woke them.
    this.asked.clear();
    for (const resolve of this.waiting) resolve();
  }

  /** Resolves when the topic has been woken since `generation`, after the given time, or when the signal aborts. */
  async changed(generation: number, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.current !== generation || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => resolve();
    const timer = setTimeout(done, milliseconds);
    this.waiting.add(done);
    signal.addEventListener('abort', done, { once: true });
    await promise;
    clearTimeout(timer);
    this.waiting.delete(done);
    signal.removeEventListener('abort', done);
  }

  /** Streams at the same place that are woken together ask the database once. */
  share<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const held = this.asked.get(key);
    // Everybody who asks under a key asks the same, so that the answer has the same type.
    if (held) return held as Promise<T>;
    const answer = ask();
    this.asked.set(key, answer);
    const forget = (): void => {
      if (this.asked.get(key) === answer) this.asked.delete(key);
    };
    answer.then(forget, forget);
    return answer;
  }
}
