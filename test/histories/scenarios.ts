import { type TestTool, failed, ok } from '../../libs/orchestration/src/conformance/kit.js';
import { type GovernorDeps, MIND_BY_RULES, type Plan, type ToolCall, type ToolOutcome } from '#libs/orchestration';
import type { Scene, Staged } from './scene.js';

type Mind = GovernorDeps['mind'];

/** What happens to a goal, and the moment at which it is looked at. */
export interface Scenario extends Staged {
  readonly shows: string;
  /** Does what there is to do; what is stored when it resolves is recorded. */
  readonly play: (scene: Scene) => Promise<unknown>;
}

/** a → b. */
const CHAIN: Plan = {
  tasks: [
    { id: 'a', tool: 'echo', arguments: { n: 1 } },
    { id: 'b', tool: 'echo', arguments: { n: { $ref: 'a.output.n' } } },
  ],
};
const chain = (...tools: readonly string[]): Plan => ({
  tasks: tools.map((tool, n) => ({ id: `t${n}`, tool, depends_on: n === 0 ? [] : [`t${n - 1}`] })),
});

/** Never comes to an end by itself. */
const endless: TestTool['run'] = ({ signal }: ToolCall) =>
  new Promise<ToolOutcome>((resolve) => signal.addEventListener('abort', () => resolve(failed('stopped', false))));
/** What comes out, once the process has been told to stop. */
function after<Result>(stop: () => void, result: Promise<Result>): Promise<Result> {
  stop();
  return result;
}

const never = new Promise<never>(() => undefined);
const once = (): TestTool => {
  let calls = 0;
  return { run: () => (++calls === 1 ? failed('not yet', true) : ok({})) };
};
const UNKNOWN: ToolOutcome = {
  ok: false,
  error: { code: 'connection_failed', detail: 'no answer' },
  retryable: true,
  violation: false,
  uncertain: true,
};
const atOnce = { retry: { max_attempts: 2 } };
const refuseAll: Mind['critic'] = {
  verify: async () => ({ accepted: false, scores: [{ key: 'a', score: 0, reasons: ['not good'] }], lowest: 0 }),
};

/** Every history, by its name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  success: { shows: 'two tasks, one after the other', plan: CHAIN, play: (scene) => scene.end() },
  parallel: {
    shows: 'a fan-out of three tasks that are joined by a fourth',
    plan: {
      tasks: [
        ...['x', 'y', 'z'].map((id) => ({ id, tool: 'echo', arguments: { id } })),
        { id: 'join', tool: 'echo', depends_on: ['x', 'y', 'z'] },
      ],
    },
    play: (scene) => scene.end(),
  },
  retry: {
    shows: 'a task that succeeds at its second attempt',
    plan: { tasks: [{ id: 'a', tool: 'flaky', ...atOnce }] },
    options: { tools: { flaky: once() } },
    play: (scene) => scene.end(),
  },
  failed: {
    shows: 'a task that fails for good; what waits for it is skipped',
    plan: chain('echo', 'broken', 'echo'),
    play: (scene) => scene.end(),
  },
  replan: {
    shows: 'a failure after which the goal is planned anew and succeeds, keeping what had succeeded',
    plan: chain('echo', 'flaky', 'echo'),
    goal: { onFailure: 'replan' },
    options: { tools: { flaky: once() } },
    play: (scene) => scene.end(),
  },
  'replans-used-up': {
    shows: 'a goal that is planned anew three times, and fails then',
    plan: chain('echo', 'broken'),
    goal: { onFailure: 'replan' },
    play: (scene) => scene.end(),
  },
  cancelled: {
    shows: 'a goal that somebody cancels while a task runs',
    plan: chain('echo', 'slow', 'echo'),
    options: { tools: { slow: { run: endless } } },
    play: async (scene) => {
      await scene.running();
      await scene.command('cancel');
      await scene.end();
    },
  },
  resumed: {
    shows: 'a goal that was paused, resumed and completed',
    plan: chain('echo', 'slow', 'echo'),
    options: {
      tools: { slow: { run: async () => (await new Promise((resolve) => setTimeout(resolve, 700)), ok({})) } },
    },
    play: async (scene) => {
      await scene.running();
      await scene.command('pause');
      await scene.parked();
      await scene.command('resume');
      await scene.end();
    },
  },
  'approval-granted': {
    shows: 'a task that waited for a person, who agreed',
    plan: chain('echo', 'ship'),
    play: async (scene) => {
      await scene.decide(true);
      await scene.end();
    },
  },
  'approval-refused': {
    shows: 'a task that waited for a person, who refused',
    plan: chain('echo', 'ship'),
    play: async (scene) => {
      await scene.decide(false);
      await scene.end();
    },
  },
  'approval-expired': {
    shows: 'a task that waited for a person in vain',
    plan: chain('echo', 'ship'),
    options: { limits: { approvalMs: 100 } },
    play: (scene) => scene.end(),
  },

  'in-flight-received': {
    shows: 'stored, and not taken up yet',
    plan: CHAIN,
    play: async () => undefined,
    options: { goals: 0 },
  },
  'in-flight-held': {
    shows: 'submitted with start: false',
    plan: CHAIN,
    goal: { held: true },
    play: async () => undefined,
  },
  'in-flight-intent-analysis': {
    shows: 'the process is gone while the analyst thinks',
    plan: CHAIN,
    mind: () => ({ analyst: { analyse: () => never } }),
    play: (scene) => scene.reaches('INTENT_ANALYSIS'),
  },
  'in-flight-task-decomposition': {
    shows: 'handed over before the plan is looked at',
    plan: CHAIN,
    mind: (stop) => ({
      analyst: { analyse: (...asked) => after(stop, MIND_BY_RULES.analyst.analyse(...asked)) },
    }),
    play: (scene) => scene.reaches('TASK_DECOMPOSITION'),
  },
  'in-flight-agent-assignment': {
    shows: 'handed over with tasks that nobody has been given',
    plan: CHAIN,
    mind: (stop) => ({
      planner: { ...MIND_BY_RULES.planner, plan: async (_goal, plan) => (stop(), plan) },
    }),
    play: (scene) => scene.reaches('AGENT_ASSIGNMENT'),
  },
  'in-flight-executing': {
    shows: 'the process is gone while a call runs that may be repeated',
    plan: chain('echo', 'slow', 'echo'),
    options: { tools: { slow: { effect: 'idempotent', run: endless } } },
    play: (scene) => scene.running(),
  },
  'in-flight-parallel': {
    shows: 'the process is gone while several calls run side by side',
    plan: { tasks: ['x', 'y', 'z'].map((id) => ({ id, tool: id === 'x' ? 'echo' : 'slow' })) },
    options: { tools: { slow: { effect: 'idempotent', run: endless } } },
    play: (scene) => scene.running(2),
  },
  'in-flight-uncertain': {
    shows: 'the process is gone while a call runs that must not be repeated blindly',
    plan: chain('echo', 'move', 'echo'),
    options: { tools: { move: { effect: 'non_idempotent', run: endless } } },
    play: (scene) => scene.running(),
  },
  'in-flight-outcome-asked': {
    shows: 'a person is asked what became of a call, and has not answered',
    plan: chain('echo', 'move', 'echo'),
    options: { tools: { move: { effect: 'non_idempotent', run: () => UNKNOWN } } },
    play: async (scene) => {
      await scene.journals('approval.required');
      await scene.parked();
    },
  },
  'in-flight-retrying': {
    shows: 'a task waits for the time of its next attempt',
    plan: { tasks: [{ id: 'a', tool: 'flaky', retry: { max_attempts: 3 } }] },
    options: { tools: { flaky: { run: () => failed('not yet', true) } } },
    play: (scene) => scene.journals('task.retried'),
  },
  'in-flight-waiting': {
    shows: 'a task waits for a person, who has not answered',
    plan: {
      tasks: [
        { id: 'before', tool: 'echo' },
        { id: 'ship', tool: 'ship', arguments: { version: 7 }, depends_on: ['before'] },
        { id: 'after', tool: 'echo', depends_on: ['ship'] },
      ],
    },
    play: async (scene) => {
      await scene.journals('approval.required');
      await scene.parked();
    },
  },
  'in-flight-paused': {
    shows: 'paused by somebody between two tasks',
    plan: chain('echo', 'slow', 'echo'),
    options: {
      tools: { slow: { run: async () => (await new Promise((resolve) => setTimeout(resolve, 700)), ok({})) } },
    },
    play: async (scene) => {
      await scene.running();
      await scene.command('pause');
      await scene.parked();
    },
  },
  'in-flight-halted': {
    shows: 'stopped by a kill switch while a call ran',
    plan: chain('echo', 'slow', 'echo'),
    options: { tools: { slow: { effect: 'idempotent', run: endless } } },
    play: async (scene) => {
      await scene.running();
      scene.halt();
      await scene.parked();
    },
  },
  'in-flight-verifying': {
    shows: 'the process is gone while the critic judges',
    plan: CHAIN,
    mind: () => ({ critic: { verify: () => never } }),
    play: (scene) => scene.reaches('VERIFYING'),
  },
  'in-flight-replanning': {
    shows: 'handed over after the critic has refused what was done',
    plan: CHAIN,
    goal: { onFailure: 'replan' },
    mind: (stop) => ({ critic: { verify: (...judged) => after(stop, refuseAll.verify(...judged)) } }),
    play: (scene) => scene.reaches('REPLANNING'),
  },
  'in-flight-writing-memory': {
    shows: 'handed over before anything is remembered',
    plan: CHAIN,
    mind: (stop) => ({ critic: { verify: (...judged) => after(stop, MIND_BY_RULES.critic.verify(...judged)) } }),
    play: (scene) => scene.reaches('WRITING_MEMORY'),
  },
  'in-flight-reflecting': {
    shows: 'handed over before anything is learned',
    plan: CHAIN,
    mind: (stop) => ({ memory: { remember: async () => (stop(), 0) } }),
    play: (scene) => scene.reaches('REFLECTING'),
  },
};
