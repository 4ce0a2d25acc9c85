import { type Arbitrary, array, boolean, constant, constantFrom, integer, nat, oneof, record } from 'fast-check';
import type { PlanTask } from '../../plan/plan.js';
import { PRIORITIES } from '../../ports/goal.js';
import type { Fault } from './connection.js';
import type { Ending } from './sim-tools.js';

/** How a person answers one approval; `contradict` says the opposite a moment later, `twice` the same. */
export interface Answer {
  readonly says: 'approve' | 'refuse' | 'never' | 'twice' | 'contradict';
  /** Whether an uncertain call is to be made again, where the answer is yes; otherwise it took effect. */
  readonly repeats: boolean;
  readonly afterMs: number;
}

/** Something that happens to a running system. Numbers beyond what is there begin again from 0. */
export type Event = { readonly afterMs: number } & (
  | { readonly kind: 'command'; readonly goal: number; readonly command: 'start' | 'cancel' | 'pause' | 'resume' }
  | { readonly kind: 'engage' | 'lift'; readonly goal: number; readonly scope: 'goal' | 'tenant' }
  | { readonly kind: 'stop'; readonly worker: number; readonly patienceMs: number }
  | { readonly kind: 'crash'; readonly worker: number }
  | { readonly kind: 'freeze'; readonly worker: number; readonly ms: number; readonly clockStands: boolean }
  | { readonly kind: 'join'; readonly as: WorkerPlan }
);

export interface WorkerPlan {
  readonly slots: number;
  readonly goals: number;
  readonly isDeaf: boolean;
  /** Whether it can reach the web; what it cannot do is handed to who can. */
  readonly web: boolean;
  readonly faults: readonly Fault[];
}

export interface GoalPlan {
  readonly tenant: number;
  readonly priority: (typeof PRIORITIES)[number];
  readonly onFailure: 'fail' | 'replan';
  readonly held: boolean;
  readonly deadlineMs: number | null;
  readonly afterMs: number;
  /** The worker that it is submitted to; null for one that owns no goals. */
  readonly via: number | null;
  readonly tasks: readonly PlanTask[];
}

/** A goal of the scenario, as it was submitted. */
export interface SubmittedGoal {
  readonly id: string;
  readonly tenantId: string;
  readonly plan: GoalPlan;
}

export interface Scenario {
  readonly goals: readonly GoalPlan[];
  readonly workers: readonly WorkerPlan[];
  readonly events: readonly Event[];
  readonly answers: readonly Answer[];
}

/** Tasks of one goal that run at the same time; low, so that the limit is met. */
export const GOAL_CONCURRENCY = 4;
/** So long does a lease last, of a goal as well as of a call. */
export const LEASE_MS = 2_000;

// Short times are likelier, and shrink towards none.
const milliseconds = (most: number): Arbitrary<number> => oneof(nat(20), nat(Math.min(most, 300)), nat(most));

const ending: Arbitrary<Ending> = oneof(
  { weight: 12, arbitrary: constant<Ending>('ok') },
  { weight: 4, arbitrary: constant<Ending>('retry') },
  { weight: 2, arbitrary: constantFrom<Ending>('fail', 'time-out', 'hang') },
  { weight: 1, arbitrary: constantFrom<Ending>('throw', 'violate') },
);

const drawnTask = record({
  needs: array(nat(100), { maxLength: 3 }),
  /** Of the needed ones, which results it takes. */
  takes: boolean(),
  tool: oneof(
    { weight: 4, arbitrary: constant('pure') },
    { weight: 4, arbitrary: constantFrom('idempotent', 'once') },
    { weight: 1, arbitrary: constantFrom('deploy', 'pay', 'fetch', 'post') },
  ),
  ends: oneof(
    { weight: 4, arbitrary: constant<Ending[]>(['ok']) },
    { weight: 1, arbitrary: array(ending, { minLength: 1, maxLength: 3 }) },
  ),
  ms: milliseconds(1_500),
  deaf: oneof({ weight: 5, arbitrary: constant(false) }, { weight: 1, arbitrary: constant(true) }),
  check: oneof(
    { weight: 8, arbitrary: constant('none') },
    { weight: 1, arbitrary: constantFrom('met', 'unmet', 'command met', 'command unmet') },
  ),
  attempts: integer({ min: 1, max: 3 }),
});

type Drawn = typeof drawnTask extends Arbitrary<infer Value> ? Value : never;

const CHECKS: Readonly<Record<string, PlanTask['check']>> = {
  met: { expression: 'good' },
  unmet: { schema: { required: ['bad'] } },
  'command met': { command: ['true'] },
  'command unmet': { command: ['false'] },
};

/** Each task may wait for earlier ones only, so that there is no circle. */
function planTask(drawn: Drawn, n: number): PlanTask {
  const needed = n === 0 ? [] : [...new Set(drawn.needs.map((each) => `t${each % n}`))];
  const check = CHECKS[drawn.check];
  const takes = drawn.takes ? Object.fromEntries(needed.map((key) => [key, { $ref: `${key}.output.n` }])) : {};
  return {
    id: `t${n}`,
    tool: drawn.tool,
    arguments: { ends: drawn.ends, ms: drawn.ms, deaf: drawn.deaf, good: true, takes },
    retry: { max_attempts: drawn.attempts },
    ...(!drawn.takes && { depends_on: needed }),
    ...(check && { check }),
  };
}

const goal: Arbitrary<GoalPlan> = record({
  tenant: nat(1),
  priority: constantFrom(...PRIORITIES),
  onFailure: constantFrom('fail', 'replan'),
  held: oneof({ weight: 4, arbitrary: constant(false) }, { weight: 1, arbitrary: constant(true) }),
  deadlineMs: oneof({ weight: 6, arbitrary: constant(null) }, { weight: 1, arbitrary: nat(5_000) }),
  afterMs: milliseconds(2_000),
  via: oneof(constant(null), nat(2)),
  tasks: array(drawnTask, { minLength: 1, maxLength: 9 }).map((tasks) => tasks.map(planTask)),
});

const fault: Arbitrary<Fault> = oneof(
  { weight: 5, arbitrary: constant<Fault>({ kind: 'none' }) },
  {
    weight: 4,
    arbitrary: record({ kind: constantFrom('slow request', 'slow answer', 'done later'), ms: milliseconds(3_000) }),
  },
  { weight: 2, arbitrary: record({ kind: constantFrom('refused', 'answer lost') }) },
);

const worker: Arbitrary<WorkerPlan> = record({
  slots: integer({ min: 1, max: 6 }),
  goals: integer({ min: 1, max: 4 }),
  web: boolean(),
  isDeaf: oneof({ weight: 5, arbitrary: constant(false) }, { weight: 1, arbitrary: constant(true) }),
  faults: oneof({ weight: 1, arbitrary: constant([]) }, { weight: 1, arbitrary: array(fault, { maxLength: 25 }) }),
});

// Now and then something happens so late that what nobody has answered has expired before.
const afterMs = oneof({ weight: 6, arbitrary: milliseconds(2_500) }, { weight: 1, arbitrary: nat(7_000) });
const event: Arbitrary<Event> = oneof(
  {
    weight: 4,
    arbitrary: record({
      kind: constant('command'),
      goal: nat(2),
      command: constantFrom('start', 'cancel', 'pause', 'pause', 'resume', 'resume'),
      afterMs,
    }),
  },
  {
    weight: 2,
    arbitrary: record({
      kind: constantFrom('engage', 'lift'),
      goal: nat(2),
      scope: constantFrom('goal', 'tenant'),
      afterMs,
    }),
  },
  {
    weight: 1,
    arbitrary: record({ kind: constant('stop'), worker: nat(2), patienceMs: milliseconds(1_000), afterMs }),
  },
  { weight: 2, arbitrary: record({ kind: constant('crash'), worker: nat(2), afterMs }) },
  {
    weight: 2,
    arbitrary: record({
      kind: constant('freeze'),
      worker: nat(2),
      ms: milliseconds(6_000),
      clockStands: boolean(),
      afterMs,
    }),
  },
  { weight: 1, arbitrary: record({ kind: constant('join'), as: worker, afterMs }) },
);

const answer: Arbitrary<Answer> = record({
  says: constantFrom('approve', 'approve', 'refuse', 'never', 'twice', 'contradict'),
  repeats: boolean(),
  afterMs: milliseconds(3_500),
});

export const scenario: Arbitrary<Scenario> = record({
  goals: array(goal, { minLength: 1, maxLength: 3 }),
  workers: array(worker, { minLength: 1, maxLength: 2 }),
  events: array(event, { maxLength: 7 }),
  answers: array(answer, { maxLength: 4 }),
});
