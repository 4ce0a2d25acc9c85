import { type Clock, type JsonObject, newId, systemClock } from '#libs/kernel';
import { Placement } from '../dispatch/strategies.js';
import { Engine } from '../engine/engine.js';
import type { GovernorDeps } from '../governor/deps.js';
import type { Limits } from '../governor/limits.js';
import { receivedGoal } from '../governor/new-goal.js';
import { SlotPool } from '../governor/slots.js';
import { MIND_BY_RULES } from '../minds/rules.js';
import type { Plan } from '../plan/plan.js';
import type { Authority, Standing } from '../ports/authority.js';
import type { Actor, GoalRecord } from '../ports/goal.js';
import type { GoalStore, NewGoal } from '../ports/goal-store.js';
import type { LateResult } from '../ports/dispatch.js';
import type { WorkSignals } from '../ports/signals.js';
import { CAPABILITIES, type Capability, type WorkerInfo } from '../ports/workers.js';
import type { CallFacts, ToolCall, ToolCatalogue, ToolEffect, ToolOutcome } from '../ports/tools.js';
import { Gate } from '../safety/gate.js';
import type { InMemoryGoalStore } from './in-memory-goal-store.js';

/** A tool of a test: what it is and what it does. */
export interface TestTool {
  readonly effect?: ToolEffect;
  readonly risk?: CallFacts['risk'];
  readonly action?: CallFacts['action'];
  readonly runsCode?: CallFacts['runsCode'];
  readonly needs?: Capability;
  readonly run: (call: ToolCall) => Promise<ToolOutcome> | ToolOutcome;
}

export function ok(output: JsonObject): ToolOutcome {
  return { ok: true, output, outputBytes: JSON.stringify(output).length, files: [] };
}

export function failed(detail: string, retryable: boolean): ToolOutcome & { ok: false } {
  return { ok: false, error: { code: 'test_failure', detail }, retryable, violation: false, uncertain: false };
}

/** A call that was stopped, and may have done its work before. */
export function uncertain(detail: string): ToolOutcome & { ok: false } {
  return { ...failed(detail, false), uncertain: true };
}

const echo: TestTool = { effect: 'pure', run: (call) => ok(call.arguments) };

export function catalogueOf(tools: Readonly<Record<string, TestTool>>): ToolCatalogue {
  return {
    find: (name) => {
      const tool = tools[name];
      return (
        tool && {
          name,
          timeoutSeconds: 30,
          needs: tool.needs ?? 'task_execution',
          facts: () => ({
            risk: tool.risk ?? 'LOW',
            effect: tool.effect ?? 'pure',
            permissionLevel: 'READ_ONLY',
            action: tool.action ?? null,
            runsCode: tool.runsCode ?? null,
          }),
          blocked: ({ path }) =>
            typeof path === 'string' && path.startsWith('..')
              ? [{ code: 'path_outside_workspace', argument: 'path', reason: 'leaves the workspace' }]
              : [],
        }
      );
    },
    names: () => Object.keys(tools),
    validateArguments: () => [],
  };
}

export interface KitOptions {
  readonly tools?: Readonly<Record<string, TestTool>>;
  readonly slots?: number;
  /** What the engine's process can do; everything unless given. */
  readonly capabilities?: readonly Capability[];
  /** Other workers that calls can be handed to. */
  readonly workers?: readonly WorkerInfo[];
  /** Goals in hand at the most. */
  readonly goals?: number;
  readonly limits?: Partial<Limits>;
  readonly leaseMs?: number;
  readonly sweepMs?: number;
  /** How long a goal of a newer machine may wait, in milliseconds. */
  readonly newerPatienceMs?: number;
  readonly clock?: Clock;
  readonly allowed?: () => boolean;
  /** How things stand otherwise than usual. */
  readonly standing?: Partial<Standing>;
  readonly mayApprove?: (approver: Actor) => boolean;
}

export const TEST_LIMITS: Limits = {
  goalActiveMs: 3_600_000,
  goalConcurrency: 20,
  depth: 10,
  tokens: 500_000,
  agents: 50,
  approvalMs: 86_400_000,
};

/** Everything is allowed but for what the options say. Kill switches are those of a store in memory. */
function authorityOver(store: GoalStore, options: KitOptions): Authority {
  const halts: Pick<InMemoryGoalStore, 'haltOf'> =
    'haltOf' in store ? (store as InMemoryGoalStore) : { haltOf: () => null };
  return {
    standingOf: async (goal) => ({
      halt: halts.haltOf(goal),
      mayRunTools: options.allowed?.() ?? true,
      rules: { allowedTools: null, wasmCodeNeedsApproval: true },
      ...options.standing,
    }),
    mayApprove: async (_tenantId, approver) => options.mayApprove?.(approver) ?? true,
  };
}

/** An engine over the given store, with tools of the test's own; `echo` is always there. */
export function engineOver(store: GoalStore & WorkSignals, options: KitOptions = {}) {
  const tools = { echo, ...options.tools };
  const catalogue = catalogueOf(tools);
  const reports: unknown[] = [];
  const late: LateResult[] = [];
  const limits: Limits = { ...TEST_LIMITS, ...options.limits };
  const runner = { run: async (call: ToolCall) => tools[call.tool as keyof typeof tools].run(call) };
  const workerId = newId();
  const deps: GovernorDeps = {
    store,
    gate: new Gate(runner, authorityOver(store, options), limits),
    tools: { of: () => catalogue },
    // Schemas of these tests are of one kind: {"required": ["name"]}. Expressions name a field that must be true.
    checker: {
      validate: () => [],
      check: async (check, output) => {
        const { required = [check.expression] } = (check.schema ?? {}) as { required?: string[] };
        return required.flatMap((name) =>
          Object.hasOwn(output as object, name ?? '') ? [] : [{ path: name ?? '', message: 'is required' }],
        );
      },
    },
    mind: MIND_BY_RULES,
    slots: new SlotPool(options.slots ?? 100),
    capabilities: new Set(options.capabilities ?? CAPABILITIES),
    workers: { live: () => options.workers ?? [] },
    placement: new Placement('LEAST_LOADED', () => 0),
    clock: options.clock ?? systemClock,
    limits,
    ids: () => newId(),
    random: () => 0,
    report: (error) => reports.push(error),
    onLate: (result) => late.push(result),
    worker: { kind: 'system', id: 'wrk_test', name: 'engine' },
    workerId,
  };
  const engine = new Engine(deps, store, {
    goals: options.goals ?? 100,
    leaseMs: options.leaseMs ?? 10_000,
    sweepMs: options.sweepMs ?? 200,
    newerPatienceMs: options.newerPatienceMs ?? 60_000,
  });
  return { engine, deps, reports, late, workerId, catalogue };
}

const SUBMITTER = { kind: 'api_key', id: 'ak_000000000000', name: 'test', user_id: null };

/** A goal as the submission makes it. */
export function newGoal(plan: Plan, changes: Partial<GoalRecord> = {}): NewGoal {
  return {
    goal: {
      ...receivedGoal(
        {
          tenantId: newId(),
          id: newId(),
          description: 'a goal of a test',
          priority: 'normal',
          context: {},
          deadline: null,
          onFailure: 'fail',
          submitter: SUBMITTER,
          held: false,
        },
        plan,
      ),
      ...changes,
    },
    pattern: null,
    budget: null,
    retryOf: null,
    forkedFrom: null,
    files: [],
    plan,
    plannedBy: null,
    tasks: [],
    artifacts: [],
    journal: [
      { at: 0, type: 'goal.transition', from: 'IDLE', to: 'RECEIVED', actor: SUBMITTER, reason: null, data: null },
    ],
    events: [{ type: 'goal.created', actor: SUBMITTER, data: {} }],
  };
}

/** Polls until the condition gives a value. Bounded: throws after `milliseconds`. */
export async function until<T>(condition: () => Promise<T | undefined | false>, milliseconds = 10_000): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
