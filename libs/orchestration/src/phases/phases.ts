import { failure } from '../orchestration.errors.js';
import type { GoalState } from '../machine/states.js';
import { decompose } from './decompose.js';
import { Execution } from './execution.js';
import type { Phase } from './phase.js';
import { recover } from './recover.js';

const execute: Phase = async (run, deps, saver) => {
  recover(run, deps);
  const end = await new Execution(run, deps, saver).untilDone();
  switch (end) {
    case 'interrupted':
      return 'interrupted';
    case 'waiting':
      return 'waiting';
    case 'task_failed':
    case 'approval_refused':
      return { outcome: 'task_failed', ...(run.failure && { reason: run.failure.detail }) };
    case 'check_failed':
      return { outcome: 'executed', reason: 'A check was not met; nothing more is started.' };
    case 'executed':
      return { outcome: 'executed' };
  }
};

/** What is done in each state that an owner moves on. Final states and IDLE have no phase. */
export const PHASES: Partial<Record<GoalState, Phase>> = {
  RECEIVED: async () => ({ outcome: 'started' }),

  INTENT_ANALYSIS: async (run, { mind }) => {
    const analysis = await mind.analyst.analyse(run.goal, run.plan, run.tools);
    return { outcome: 'analysed', data: { ...analysis } };
  },

  TASK_DECOMPOSITION: decompose,

  // No task has an agent yet. Which worker makes a call is seen when the call can begin (`dispatch/places.ts`).
  AGENT_ASSIGNMENT: async () => ({ outcome: 'assigned', data: { pattern: 'single' } }),

  EXECUTING: execute,
  PARALLEL_EXECUTING: execute,

  VERIFYING: async (run, { mind }) => {
    const { accepted, scores, lowest } = await mind.critic.verify(run.goal, run.tasks);
    const data = { lowest_score: lowest, scores: scores.map((score) => ({ ...score })) };
    if (accepted) return { outcome: 'accepted', data };
    const reason = run.failure?.detail ?? scores.flatMap((score) => score.reasons).join('; ');
    run.failure ??= failure('check_failed', reason);
    return { outcome: 'rejected', reason, data };
  },

  REPLANNING: async (run) => {
    const failed = run.tasks.filter((task) => task.state === 'FAILED').map((task) => task.key);
    run.failure = undefined;
    return { outcome: 'replanned', data: { failed, replan: run.goal.replans } };
  },

  WRITING_MEMORY: async (run, { mind }) => {
    const written = await mind.memory.remember(run.goal, run.tasks);
    return { outcome: 'remembered', data: { written } };
  },

  REFLECTING: async (run, { mind }) => ({
    outcome: 'reflected',
    data: await mind.reflector.reflect(run.goal, run.tasks),
  }),
};
