import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

/** The ends of goals in a tenant's stream. An end may be told before the answer to the submission has been read. */
export class StreamedEnds {
  private readonly waiting = new Map<string, () => void>();
  private readonly early = new Set<string>();

  async of(goalId: string): Promise<void> {
    if (this.early.delete(goalId)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.set(goalId, resolve);
    await promise;
  }

  async follow(stream: IncomingMessage): Promise<void> {
    let type = '';
    try {
      for await (const line of createInterface({ input: stream })) {
        if (line.startsWith('event: ')) type = line.slice('event: '.length);
        else if (line.startsWith('data: ') && /^goal\.(completed|failed|cancelled)$/.test(type)) {
          this.end((JSON.parse(line.slice('data: '.length)) as { resource: { id: string } }).resource.id);
        }
      }
    } catch {
      // The stream is cut when the program is stopped.
    }
  }

  private end(goalId: string): void {
    const resolve = this.waiting.get(goalId);
    if (!resolve) this.early.add(goalId);
    this.waiting.delete(goalId);
    resolve?.();
  }
}
