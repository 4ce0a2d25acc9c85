import { Client } from 'pg';
import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { inLanes } from '../measure.js';
import { openPlace } from '../program/place.js';
import type { Contender } from './contender.js';
import { type Step, type Write, stepsOf } from './floor-steps.js';
import type { Sample } from './sample.js';

/** Most steps of one transaction. */
const GROUP = 200;

interface Waiting {
  readonly step: Step;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The floor: what the database and a client cost by themselves for the rows of a goal, under the same row-level
 * security, on the same tables. Three commits of a lone goal: submitted, claimed, finished. One committer takes all
 * steps that wait into one transaction, which travels in one flight of prepared statements. No engine.
 */
export async function openFloor(built: Built, place: Place, sample: Sample): Promise<Contender> {
  const { database, tenantId, settings } = await openPlace(built, place);
  const client = new Client({ connectionString: place.url, pipeline: true });
  await client.connect();
  const begin = `begin; set local role ${settings.appRole}; select set_config('app.tenant_ids', '${tenantId}', true)`;
  const committer = new Committer(client, begin);
  const steps = stepsOf(sample, tenantId, () => built.kernel.newId());
  let goals = 0;
  const run = async (): Promise<void> => {
    goals += 1;
    for (const step of steps.ofNewGoal()) await committer.write(step);
  };
  return {
    name: 'floor',
    place,
    processes: { node: process.pid, server: place.serverPid },
    run: (times, lanes) => inLanes(times, lanes, run),
    rows: async () => sample.rows,
    verify: async () => {
      const stored = await database.tenants.once<{ goals: string; rows: string }>(
        tenantId,
        `select (select count(*) from goal where state = 'COMPLETED') as goals,
                (select count(*) from goal) + (select count(*) from goal_plan) + (select count(*) from task)
                + (select count(*) from goal_journal) + (select count(*) from event where resource_kind = 'goal') as rows`,
      );
      const found = [Number(stored[0]!.goals), Number(stored[0]!.rows)];
      if (found[0] === goals && found[1] === goals * sample.rows) return;
      throw new Error(
        `the floor has stored ${found.join(' goals in ')} rows instead of ${goals} in ${goals * sample.rows}`,
      );
    },
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await database.close();
    },
  };
}

class Committer {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(
    private readonly client: Client,
    private readonly begin: string,
  ) {}

  write(step: Step): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ step, resolve, reject });
      if (!this.writing) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    // Whoever is ready in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, GROUP);
      try {
        await this.commit(group.flatMap(({ step }) => step));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      // Those who have just been answered and go on at once come into the next group.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.writing = false;
  }

  private async commit(writes: readonly Write[]): Promise<void> {
    const statements = Map.groupBy(writes, ({ statement }) => statement);
    const answers = [this.client.query(this.begin)];
    for (const [{ name, sql, columns }, all] of statements) {
      const rows = all.flatMap((write) => write.rows);
      const values = Array.from({ length: columns }, (_, n) => rows.map((row) => row[n]));
      answers.push(this.client.query({ name, text: sql, values }));
    }
    answers.push(this.client.query('commit'));
    const answered = await Promise.all(answers);
    if (answered.at(-1)?.command !== 'COMMIT') throw new Error('the floor could not commit');
  }
}
