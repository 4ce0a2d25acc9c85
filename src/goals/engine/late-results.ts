import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '#libs/context';
import { publicId } from '#libs/kernel';
import type { LateResult } from '#libs/orchestration';
import { EventRecorder, TenantTransaction } from '#libs/persistence';
import { OwnWorker } from '../../workers/workers.port.js';

/** Tasks that one event names; a worker that comes back late has seldom more. */
const MAX_NAMED = 20;

/** Records that a result came after the lease of whoever brought it: it counts for nothing, and somebody may wonder. */
@Injectable()
export class LateResults {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly tenants: TenantTransaction,
    private readonly worker: OwnWorker,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Never throws: there is nobody left who could do something about it. */
  async record({ tenantId, goalId, taskIds }: LateResult): Promise<void> {
    const worker = publicId('wrk', this.worker.id);
    const data = {
      worker_id: worker,
      tasks: taskIds.length,
      task_ids: taskIds.slice(0, MAX_NAMED).map((id) => publicId('task', id)),
    };
    this.logger.warn({ goalId, ...data }, 'a late result was refused: its lease had passed to somebody else');
    try {
      await this.tenants.run(tenantId, (transaction) =>
        this.recorder.record(transaction, tenantId, [
          {
            type: 'goal.late_result_refused',
            actor: { kind: 'system', id: worker, name: this.worker.name },
            resource: { kind: 'goal', id: goalId },
            data,
          },
        ]),
      );
    } catch (error) {
      this.logger.error({ err: error, goalId }, 'that a late result was refused could not be recorded');
    }
  }
}
