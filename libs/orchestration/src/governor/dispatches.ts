import type { OpenDispatch } from '../ports/dispatch.js';

/** What of a goal is in the hands of other workers, as far as its owner knows. */
export class Dispatches {
  private readonly open: Map<string, OpenDispatch>;
  private readonly listeners = new Map<string, () => void>();

  constructor(stored: readonly OpenDispatch[] = []) {
    this.open = new Map(stored.map((each) => [each.id, each]));
  }

  get size(): number {
    return this.open.size;
  }

  get ids(): readonly string[] {
    return [...this.open.keys()];
  }

  get(id: string): OpenDispatch | undefined {
    return this.open.get(id);
  }

  /** The call of a task's present attempt, if somebody else makes it. */
  callOf(task: { readonly id: string; readonly attempts: number }): OpenDispatch | undefined {
    return [...this.open.values()].find(
      ({ taskId, attempt, purpose }) => taskId === task.id && attempt === task.attempts && purpose === 'call',
    );
  }

  /** Takes over what is known of a call now. News of a call that has been dealt with are none. */
  hear(news: OpenDispatch): void {
    const known = this.open.get(news.id);
    // Answers may overtake each other: an ending is the last that there is to hear.
    if (!known || (known.ending && !news.ending)) return;
    this.open.set(news.id, news);
    this.listeners.get(news.id)?.();
  }

  add(dispatch: OpenDispatch): void {
    this.open.set(dispatch.id, dispatch);
  }

  remove(id: string): void {
    this.open.delete(id);
  }

  /** Calls the listener at news of a call; gives the function that ends that. One listener at a time. */
  onNews(id: string, listener: () => void): () => void {
    this.listeners.set(id, listener);
    return () => this.listeners.delete(id);
  }
}
