import type { Database } from '#libs/persistence';
import type { Built } from '../built.js';

const FINISHED = `
  select id from goal
   where id = any($1::uuid[]) and state in ('COMPLETED', 'FAILED', 'CANCELLED')`;

/**
 * Knows when goals have ended: the notification of their journals says when to look, one look answers for all goals
 * of a notification. The first notification of a goal tells of its submission and asks for no look.
 */
export class Ends {
  private readonly waiting = new Map<string, { readonly resolve: () => void; submitted: boolean }>();
  private stop: () => void = () => undefined;

  static async open({ persistence }: Built, database: Database, tenantId: string): Promise<Ends> {
    const ends = new Ends(database, tenantId);
    ends.stop = database.listener.listen(persistence.JOURNAL_CHANNEL, (payload) => ends.hear(payload));
    await database.listener.ready();
    return ends;
  }

  private constructor(
    private readonly database: Database,
    private readonly tenantId: string,
  ) {}

  /** Resolves when the goal has ended; call it before the goal is submitted. */
  of(goalId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.set(goalId, { resolve, submitted: false });
    return promise;
  }

  close(): void {
    this.stop();
  }

  private hear(payload: string): void {
    const told = payload === '*' ? [...this.waiting.keys()] : payload.split(',');
    const changed = told.filter((id) => {
      const goal = this.waiting.get(id);
      if (goal?.submitted) return true;
      if (goal) goal.submitted = true;
      return false;
    });
    if (changed.length > 0) void this.look(changed);
  }

  private async look(ids: readonly string[]): Promise<void> {
    for (const { id } of await this.database.tenants.once<{ id: string }>(this.tenantId, FINISHED, [ids])) {
      this.waiting.get(id)?.resolve();
      this.waiting.delete(id);
    }
  }
}
