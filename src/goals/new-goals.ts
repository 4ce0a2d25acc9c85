import { Inject, Injectable } from '@nestjs/common';
import { hasCode } from '#libs/kernel';
import type { NewGoal } from '#libs/orchestration';
import { EngineHost } from './engine/engine-host.js';
import { Workspaces } from './files/workspaces.js';
import { GoalQueries } from './goal-queries.js';

/** Stores goals whose files are put in place first, because a worker may begin at once. */
@Injectable()
export class NewGoals {
  constructor(
    @Inject(EngineHost) private readonly engine: Pick<EngineHost, 'submit'>,
    private readonly goals: GoalQueries,
    private readonly workspaces: Workspaces,
  ) {}

  /** Makes a goal by `make`, which puts its files in place, and stores it. Leaves no file behind where that fails. */
  async add(tenantId: string, id: string, make: () => Promise<NewGoal>): Promise<void> {
    try {
      await this.engine.submit(await make());
    } catch (error) {
      // While the database is away nobody knows whether the goal was stored. The request that is repeated does.
      const known = !hasCode(error, 'unavailable') && !(await this.goals.exists(id).catch(() => true));
      if (known) await this.workspaces.remove(tenantId, id);
      throw error;
    }
  }
}
