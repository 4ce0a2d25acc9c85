import {
  type DispatchLease,
  type DispatchStore,
  type DispatchedWork,
  type Ending,
  LOST_ENDINGS,
  type TakenCall,
} from '#libs/orchestration';
import { type TakenDispatchRow, type TaskDispatches, refusedOrUnavailable } from '#libs/persistence';

/** Dispatched calls in PostgreSQL, as workers see them. */
export class PgDispatchStore implements DispatchStore {
  constructor(private readonly dispatches: TaskDispatches) {}

  async take(request: Parameters<DispatchStore['take']>[0]): Promise<readonly TakenCall[]> {
    return (await this.dispatches.take(request.workerId, request)).map(takenCall);
  }

  async finish(lease: DispatchLease, ending: Ending): Promise<'stored' | 'late'> {
    try {
      return (await this.dispatches.finish(lease, JSON.stringify(ending))) ? 'stored' : 'late';
    } catch (error) {
      throw refusedOrUnavailable(error);
    }
  }

  handBack(lease: DispatchLease): Promise<void> {
    return this.dispatches.handBack(lease);
  }

  async keep(leases: readonly DispatchLease[], leaseMs: number): Promise<ReadonlySet<string>> {
    const kept = await this.dispatches.keep(leases, leaseMs);
    return new Set(leases.map(({ id }) => id).filter((id) => !kept.has(id)));
  }

  endLost(): Promise<void> {
    const { repeatable, uncertain } = LOST_ENDINGS;
    return this.dispatches.endLost({ repeatable: JSON.stringify(repeatable), uncertain: JSON.stringify(uncertain) });
  }
}

/** What the database gives back was written by `parts.ts`, under the types of the core. */
function takenCall({ tenant_id, goal_id, id, token, work }: TakenDispatchRow): TakenCall {
  return {
    lease: { tenantId: tenant_id, goalId: goal_id, id, token: Number(token) },
    work: work as DispatchedWork,
  };
}
