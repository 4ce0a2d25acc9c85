import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, type Page, Requires, page } from '#libs/http';
import { ListWorkers } from './list-workers.js';
import { type ListWorkersQuery, type WorkerView, listWorkersQuery, workerSchema } from './workers.schemas.js';

const EXAMPLE: WorkerView = {
  id: 'wrk_01k7kf32j0fgtspbjdbxg730mk',
  name: 'machine-1:4711',
  state: 'BUSY',
  role: 'worker',
  version: '0.1.0',
  machine_version: 2,
  capabilities: ['goal_execution', 'task_execution', 'file_operations'],
  capacity: 4,
  running_tasks: 1,
  goals: 12,
  started_at: '2026-12-01T08:30:00.000Z',
  last_heartbeat_at: '2026-12-01T08:41:07.300Z',
  stopped_at: null,
};

/** The processes of the installation. They belong to no tenant, so they are for platform administrators. */
@ApiTags('workers')
@Controller('api/v1/workers')
export class WorkersController {
  constructor(private readonly workers: ListWorkers) {}

  @Get()
  @Requires('admin:read')
  @ApiOperation({
    summary: 'List workers',
    description:
      'The processes that carry goals and run tasks, the one that was started last first. For platform administrators. ' +
      'A worker that has been silent for an hour is forgotten. Administrators of tenants hold `worker:read`, which is not ' +
      'enough here, since workers belong to no tenant.',
  })
  @Answers(200, page(workerSchema), {
    description: 'A page of workers, each as it was at its last heartbeat.',
    example: { data: [EXAMPLE], next_cursor: null },
  })
  list(@Query({ schema: listWorkersQuery }) query: ListWorkersQuery): Promise<Page<WorkerView>> {
    return this.workers.list(query);
  }
}
