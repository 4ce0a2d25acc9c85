import { newId, publicId } from '#libs/kernel';
import { type Database, JOURNAL_CHANNEL } from '#libs/persistence';

/** A goal whose journal a test writes row by row, as an owner would: state, number and rows in one commit. */
export class ScriptedGoal {
  readonly id = newId();
  readonly publicId = publicId('goal', this.id);
  readonly path = `/api/v1/goals/${this.publicId}/events`;
  private seq = 0;

  private constructor(
    private readonly database: Database,
    private readonly tenantId: string,
  ) {}

  static async create(database: Database, tenantId: string): Promise<ScriptedGoal> {
    const goal = new ScriptedGoal(database, tenantId);
    await database.tenants.once(
      tenantId,
      `insert into goal (tenant_id, id, description, priority, context, on_failure, submitter, files, held, state,
         plan_version, progress, last_seq)
       values ($1, $2, 'scripted', 1, '{}', 'fail', '{}', '[]', false, 'EXECUTING', 1, '{}', 0)`,
      [tenantId, goal.id],
    );
    return goal;
  }

  /** Number of the newest row. */
  get lastSeq(): number {
    return this.seq;
  }

  /** Adds rows in one commit. `padding` makes each of them so many characters larger. */
  async append(rows: number, { padding = 0, tell = true } = {}): Promise<void> {
    const from = this.seq + 1;
    this.seq += rows;
    await this.write(
      `insert into goal_journal (tenant_id, goal_id, seq, at, type, actor, data)
       select $1, $2, n, now(), 'task.completed', '{"kind":"worker"}', json_build_object('n', n, 'padding', repeat('x', $5))
         from generate_series($3::int, $4::int) n`,
      [from, this.seq, padding],
      'EXECUTING',
      tell,
    );
  }

  /** Ends the goal: the last transition, and a row that follows it in the same commit. */
  async finish(state: 'COMPLETED' | 'FAILED' | 'CANCELLED' = 'COMPLETED'): Promise<void> {
    this.seq += 2;
    await this.write(
      `insert into goal_journal (tenant_id, goal_id, seq, at, type, from_state, to_state, actor, reason)
       values ($1, $2, $3, now(), 'goal.transition', 'REFLECTING', $5, '{"kind":"worker"}', 'because'),
              ($1, $2, $4, now(), 'tasks.closed', null, null, '{"kind":"worker"}', null)`,
      [this.seq - 1, this.seq, state],
      state,
      true,
    );
  }

  private async write(insert: string, more: readonly unknown[], state: string, tell: boolean): Promise<void> {
    const { tenantId, id } = this;
    await this.database.tenants.flight(tenantId, [
      { sql: insert, parameters: [tenantId, id, ...more] },
      { sql: 'update goal set last_seq = $2, state = $3 where id = $1', parameters: [id, this.seq, state] },
      { sql: `select pg_notify($1, $2) where $3`, parameters: [JOURNAL_CHANNEL, id, tell] },
    ]);
  }
}
