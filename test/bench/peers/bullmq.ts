import { FlowProducer, type Job, Queue, WaitingChildrenError, Worker } from 'bullmq';
import { serve } from './serve.js';
import { WAVES, echo, verify } from './work.js';

/*
 * goal-10 as a BullMQ flow: the goal's job waits for five children, adds the second wave when they have ended, waits
 * again, verifies and keeps the result as its return value. The second wave cannot stand in the flow from the start: a
 * flow is a tree, and there each task would wait for tasks of its own. Adding children in a job's processor is the
 * pattern of BullMQ's documentation ("process step jobs"); the children's ids make a second attempt add nothing twice.
 */

const NAME = 'goals';
/**
 * Jobs that one worker runs at a time. BullMQ's documentation advises high numbers for jobs that wait for something;
 * these do not, and 20 was the fastest of 5, 10, 20, 50 and 100, one queue for all faster than two.
 */
const CONCURRENCY = 20;

const [first, second] = WAVES;
const connection = { path: process.env['REDIS_SOCKET']!, maxRetriesPerRequest: null };
const flows = new FlowProducer({ connection });
const queue = new Queue(NAME, { connection });
/** Goals of this process that have not ended yet. */
const running = new Map<string, PromiseWithResolvers<Result>>();
let submitted = 0;

interface Result {
  readonly outputs: readonly string[];
  readonly verified: boolean;
}

type Task = Job<{ readonly value: string }, string | Result>;

const worker = new Worker<Task['data'], string | Result>(
  NAME,
  (job, token) => (job.name === 'goal' ? runGoal(job, token!) : echo(job.data.value)),
  { connection, concurrency: CONCURRENCY },
);
// Heard in the worker itself: that is sooner than by the stream of events that other processes would read.
worker.on('completed', ({ id }, result) => {
  if (typeof result === 'object') take(id!)?.resolve(result);
});
worker.on('failed', (job, error) => take(job?.id ?? '')?.reject(error));
await worker.waitUntilReady();

async function runGoal(job: Task, token: string): Promise<Result> {
  let outputs = await outputsOf(job);
  if (outputs.length === first.length) {
    const parent = { id: job.id!, queue: job.queueQualifiedName };
    await queue.addBulk(
      second.map((name) => ({ name, data: { value: name }, opts: { parent, jobId: `${job.id}-${name}` } })),
    );
    if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError();
    outputs = await outputsOf(job);
  }
  return { outputs, verified: await verify(outputs) };
}

async function outputsOf(job: Task): Promise<string[]> {
  return Object.values(await job.getChildrenValues<string>());
}

function take(id: string): PromiseWithResolvers<Result> | undefined {
  const goal = running.get(id);
  running.delete(id);
  return goal;
}

serve({
  run: async () => {
    const id = `goal-${++submitted}`;
    const end = Promise.withResolvers<Result>();
    running.set(id, end);
    const children = first.map((name) => ({ name, queueName: NAME, data: { value: name } }));
    await flows.add({ name: 'goal', queueName: NAME, opts: { jobId: id }, children });
    const { verified } = await end.promise;
    if (!verified) throw new Error('the goal has not verified its outputs');
  },
  // Each goal has left its own job and those of its tasks, with what they gave back.
  ended: async () => (await queue.getCompletedCount()) / (1 + first.length + second.length),
  close: async () => {
    await worker.close();
    await Promise.all([queue.close(), flows.close()]);
  },
});
