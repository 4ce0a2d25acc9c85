import { type JsonObject, isJsonObject } from '#libs/kernel';
import type { ToolCall, ToolOutcome } from '../../ports/tools.js';
import { type TestTool, failed, ok } from '../kit.js';
import type { Connection } from './connection.js';
import { pause } from './virtual-time.js';

/** How a call of a simulated tool comes to its end, unless it is stopped before. */
export const ENDINGS = ['ok', 'retry', 'fail', 'throw', 'violate', 'time-out', 'hang'] as const;
export type Ending = (typeof ENDINGS)[number];

/** What a task of a simulated plan has in its arguments. */
export interface Script extends JsonObject {
  /** How its calls end, one after the other; the last one stands for all that follow. */
  readonly ends: Ending[];
  readonly ms: number;
  /** Whether it goes on although it is told to stop. */
  readonly deaf: boolean;
  /** Results of others. */
  readonly takes: JsonObject;
  /** Whether its output is what its check asks for. */
  readonly good: boolean;
}

/** One call that a tool has really had. */
export interface Call {
  readonly n: number;
  readonly worker: Connection;
  readonly workerId: string;
  /** It is made for the owner of the goal, by another worker. */
  readonly isHosted: boolean;
  readonly tool: string;
  readonly goalId: string;
  readonly taskId: string;
  readonly takes: JsonObject;
  /** Order in which things happened. */
  readonly startedAt: number;
  endedAt: number | undefined;
  /** `unknown`: it was stopped, or its process died: it may have taken effect. */
  end: 'under way' | 'ok' | 'failed' | 'unknown';
}

/** A call that nobody stops gives up after this time, as the real runner sees to. */
const HANGS_MS = 3_000;

export interface Witness {
  readonly calls: Call[];
  /** Whether it sees calls that are made for the owners of goals. */
  readonly isHosted: boolean;
  /** A number that is larger each time. */
  readonly tick: () => number;
  /** Sees each call in the moment in which it begins. */
  readonly onStart: (call: Call) => void;
}

/** The tools of one process. `run_command` is the one that checks run. */
export function simulatedTools(
  worker: Connection,
  workerId: () => string,
  witness: Witness,
): Readonly<Record<string, TestTool>> {
  const run = (call: ToolCall): Promise<ToolOutcome> => carryOut(call, worker, workerId(), witness);
  return {
    pure: { effect: 'pure', run },
    idempotent: { effect: 'idempotent', run },
    once: { effect: 'non_idempotent', run },
    deploy: { effect: 'idempotent', action: 'deploy', run },
    pay: { effect: 'non_idempotent', action: 'payment', run },
    fetch: { effect: 'idempotent', needs: 'web_operations', run },
    post: { effect: 'non_idempotent', needs: 'web_operations', run },
    run_command: {
      effect: 'non_idempotent',
      run: async ({ arguments: { command } }) => {
        await worker.alive();
        await pause(2);
        await worker.alive();
        return ok({ exit_code: Array.isArray(command) && command[0] === 'true' ? 0 : 1 });
      },
    },
  };
}

async function carryOut(asked: ToolCall, worker: Connection, workerId: string, witness: Witness): Promise<ToolOutcome> {
  await worker.alive();
  const script = scriptOf(asked.arguments);
  const before = witness.calls.filter(({ taskId }) => taskId === asked.taskId).length;
  const ending = script.ends[Math.min(before, script.ends.length - 1)] ?? 'ok';
  const call: Call = {
    n: witness.calls.length + 1,
    worker,
    workerId,
    isHosted: witness.isHosted,
    tool: asked.tool,
    goalId: asked.goalId,
    taskId: asked.taskId,
    takes: script.takes,
    startedAt: witness.tick(),
    endedAt: undefined,
    end: 'under way',
  };
  witness.calls.push(call);
  witness.onStart(call);
  const stopped = await work(ending === 'hang' ? HANGS_MS : script.ms, script.deaf ? undefined : asked.signal);
  if (worker.dead) call.end = 'unknown';
  await worker.alive();
  call.endedAt = witness.tick();
  if (stopped) {
    call.end = 'unknown';
    return { ...failed('it was told to stop', false), uncertain: true };
  }
  return come(ending, call, script);
}

function come(ending: Ending, call: Call, script: Script): ToolOutcome {
  call.end = ending === 'ok' ? 'ok' : ending === 'time-out' || ending === 'hang' ? 'unknown' : 'failed';
  switch (ending) {
    case 'ok':
      return ok({ n: call.n, ...(script.good && { good: true }) });
    case 'retry':
      return failed('not yet', true);
    case 'fail':
      return failed('no', false);
    case 'throw':
      throw new Error('a defect of the tool');
    case 'violate':
      return { ...ended('path_outside_workspace'), violation: true, retryable: false };
    case 'time-out':
    case 'hang':
      return { ...ended('tool_timeout'), uncertain: true };
  }
}

function ended(code: string): ToolOutcome & { ok: false } {
  return { ok: false, error: { code, detail: code }, retryable: true, violation: false, uncertain: false };
}

/** Whether it was stopped before the time was over. */
async function work(milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted) return true;
  if (milliseconds === 0) return false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve(true)), { once: true });
  });
}

function scriptOf(given: JsonObject): Script {
  const { ends, ms, deaf, good, takes } = given;
  return {
    ends: Array.isArray(ends) ? ends.flatMap((end) => ENDINGS.find((each) => each === end) ?? []) : [],
    ms: typeof ms === 'number' ? ms : 0,
    deaf: deaf === true,
    good: good === true,
    takes: isJsonObject(takes) ? takes : {},
  };
}
