import type { TestClient } from '#libs/testing';
import { type GoalJson, until } from '../journeys/goals.js';
import { approve, ask, happened } from './steps.js';

interface PlannedTask {
  readonly id: string;
  readonly tool: string;
  readonly arguments: object;
  readonly depends_on?: readonly string[];
  readonly timeout_seconds?: number;
  readonly retry?: { readonly max_attempts: number };
}

/** A goal that an upgrade finds in a certain state. */
export interface Scene {
  readonly tasks: readonly PlannedTask[];
  /** What else the goal is submitted with. */
  readonly rest?: object;
  /** Routes without which it does not come to its state; the tools of its plan it needs anyway. */
  readonly routes?: readonly string[];
  /** Brings it to its state in the version before, and waits until it is there. */
  readonly reach?: (client: TestClient, goal: GoalJson) => Promise<unknown>;
  /** What this version is asked for, so that it goes on. */
  readonly goOn?: (client: TestClient, goal: GoalJson, wasKilled: boolean) => Promise<unknown>;
  /** What becomes of it: it completes, unless it uses up its attempts or has been cancelled. */
  readonly becomes?: 'exhausted' | 'cancelled';
  /** Path of the witness that it calls, once and never again. */
  readonly callsOnce?: string;
  /** Attempts that a kill may cut off, at the most; none by default. A stop in order cuts off none. */
  readonly mayCut?: number;
  /** Paths of the artifacts that it has in the end. */
  readonly files?: readonly string[];
}

export const MOST_ATTEMPTS = 5;
const CHAIN = 16;
const FAN = 24;

/** Goals of every kind. `host` is somebody outside, who is called. */
export function scenes(host: string): Readonly<Record<string, Scene>> {
  return {
    'is done already': {
      tasks: [read, copy('read')],
      reach: (client, { id }) => until(client, id, ({ state }) => state === 'COMPLETED'),
      files: [COPY],
    },
    'waits for its start': {
      tasks: [read, copy('read')],
      rest: { start: false },
      goOn: (client, goal) => ask(client, goal, 'execute'),
      files: [COPY],
    },
    'waits for a person': {
      tasks: [read, remove('read'), copy('remove')],
      routes: ['/api/v1/approvals'],
      reach: (client, goal) => happened(client, goal, 'approval.required'),
      goOn: (client, goal) => approve(client, goal),
      files: [COPY],
    },
    'is paused': {
      tasks: [sleep('first', 1), remove('first')],
      reach: async (client, goal) => {
        await ask(client, goal, 'pause');
        await until(client, goal.id, ({ paused, progress }) => paused !== null && progress.succeeded === 1);
      },
      goOn: async (client, goal) => {
        await ask(client, goal, 'resume');
        // It comes to its deletion now: the rules of this version hold for it.
        await approve(client, goal);
      },
    },
    'was cancelled': {
      tasks: [read, sleep('long', 2, 'read'), copy('long')],
      reach: async (client, goal) => {
        await until(client, goal.id, ({ progress }) => progress.succeeded === 1 && progress.running === 1);
        await ask(client, goal, 'cancel');
        await until(client, goal.id, ({ state }) => state === 'CANCELLED');
      },
      becomes: 'cancelled',
    },
    'fails in every attempt': {
      tasks: [{ ...sleep('late', 60), timeout_seconds: 0.2, retry: { max_attempts: MOST_ATTEMPTS } }],
      reach: (client, goal) => happened(client, goal, 'task.retried'),
      becomes: 'exhausted',
      mayCut: 1,
    },
    'calls somebody who does not answer yet': {
      tasks: [{ ...call('http_get', { url: `http://${host}/closed` }), retry: { max_attempts: 20 } }],
      reach: (client, goal) => happened(client, goal, 'task.retried'),
      mayCut: 1,
    },
    'is in a call that must not be made twice': {
      tasks: [call('http_post', { url: `http://${host}/slow`, body: { n: 1 } }), sleep('after', 0.1, 'call')],
      reach: (client, { id }) => until(client, id, ({ progress }) => progress.running === 1),
      callsOnce: '/slow',
      // Nobody knows what became of it: somebody looks, and finds that it was made.
      goOn: async (client, goal, wasKilled) => {
        if (wasKilled) await approve(client, goal, { resolution: 'took_effect' });
      },
    },
    'goes step by step': {
      tasks: [read, ...Array.from({ length: CHAIN }, (_, n) => link(n))],
      reach: (client, { id }) => until(client, id, ({ progress }) => progress.succeeded >= 3),
      mayCut: 1,
      files: Array.from({ length: CHAIN / 2 }, (_, n) => `out/${2 * n + 1}.txt`),
    },
    'does many things': {
      tasks: [...fan, { id: 'join', tool: 'echo', arguments: {}, depends_on: fan.map(({ id }) => id) }],
      reach: (client, { id }) => until(client, id, ({ progress }) => progress.succeeded >= 2),
      mayCut: FAN,
    },
  };
}

const COPY = 'out.txt';
const read: PlannedTask = { id: 'read', tool: 'read_file', arguments: { path: 'in.txt' } };

function task(id: string, tool: string, given: object, after?: string): PlannedTask {
  return { id, tool, arguments: given, ...(after === undefined ? {} : { depends_on: [after] }) };
}

const sleep = (id: string, seconds: number, after?: string) => task(id, 'sleep', { seconds }, after);
const call = (tool: string, given: object) => task('call', tool, given);
const remove = (after: string) => task('remove', 'delete_file', { path: 'in.txt' }, after);
const copy = (after: string, id = 'copy', path = COPY) =>
  task(id, 'write_file', { path, content: { $ref: 'read.output.content' } }, after);
const fan = Array.from({ length: FAN }, (_, n) => sleep(`s${n}`, 1 + (n % 8)));

/** Of the chain: they wait and write in turn. */
function link(n: number): PlannedTask {
  const [id, after] = [`t${n}`, n === 0 ? 'read' : `t${n - 1}`];
  return n % 2 === 0 ? sleep(id, 0.7, after) : copy(after, id, `out/${n}.txt`);
}
