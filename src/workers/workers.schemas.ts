import { z } from 'zod';
import { idSchema, pagingQuery, timeSchema } from '#libs/http';
import { WORKER_STATES } from '#libs/persistence';

export const listWorkersQuery = pagingQuery.extend({
  state: z
    .enum(WORKER_STATES)
    .optional()
    .meta({ description: 'Workers in this state only.', examples: ['BUSY'] }),
});

export type ListWorkersQuery = z.output<typeof listWorkersQuery>;

export const workerSchema = z
  .object({
    id: idSchema('wrk').meta({ description: 'New with each start of a process.' }),
    name: z.string().meta({ description: '`WORKER_NAME`, which several may share, or the host and the process id.' }),
    state: z.enum(WORKER_STATES).meta({
      description:
        '`IDLE` or `BUSY` (it holds a goal or runs a task) take new work. `DRAINING` ends what it has begun. ' +
        '`OFFLINE` has ended, or has been silent for longer than its lease time.',
    }),
    role: z.string().meta({ description: '`all` or `worker`.' }),
    version: z.string().meta({ description: 'Of the program.' }),
    machine_version: z.int().meta({ description: 'Of the state machine: a worker leaves goals of a newer one alone.' }),
    capabilities: z.array(z.string()).meta({ description: 'What it does itself: `WORKER_CAPABILITIES`.' }),
    capacity: z.int().meta({ description: 'Tasks of other processes’ goals that it takes on at once.' }),
    running_tasks: z.int().meta({ description: 'Tasks of other processes’ goals that it ran at its last heartbeat.' }),
    goals: z.int().meta({
      description:
        'Goals in its hands at its last heartbeat: of a worker that was killed, it stays what it was, though others have ' +
        'those goals by now.',
    }),
    started_at: timeSchema,
    last_heartbeat_at: timeSchema.meta({
      description: 'How old everything here is. A worker beats every third of its `LEASE_SECONDS`.',
    }),
    stopped_at: timeSchema.nullable(),
  })
  .meta({ id: 'Worker' });

export type WorkerView = z.output<typeof workerSchema>;
