import type { JournalEntryView } from '#libs/http';
import type { ArtifactView, TaskView } from './goal-parts.schemas.js';
import type { GoalView } from './goals.schemas.js';
import { submitExample } from './submit-example.js';

/* Examples of the OpenAPI document, typed as the answers themselves so that they cannot drift from them. */

const SHA256 = '1479cb9215758dd254c0e5ebe100b5264ecd2eaad39b26b26477432b12cc1ad8';
const ACTOR = { kind: 'api_key', id: 'ak_5f2b9c31d7e8', name: 'reports' };

export const goalExample: GoalView = {
  id: 'goal_01k6vf32j07gtsptjd9dfp61tn',
  description: submitExample.description,
  state: 'COMPLETED',
  priority: 'normal',
  pattern: 'single',
  context: {},
  deadline: null,
  on_failure: 'fail',
  budget: null,
  paused: null,
  halted: null,
  plan_version: 1,
  planned_by: null,
  replans: 0,
  progress: { total: 2, succeeded: 2, failed: 0, running: 0, waiting: 0 },
  result: { outputs: { save: { path: 'copy.csv', size: 23, sha256: SHA256 } } },
  error: null,
  cost: { tokens: 0, money: '0', seconds: 0.031 },
  files: [{ path: 'sales.csv', size: 23, sha256: SHA256 }],
  retry_of: null,
  forked_from: null,
  submitted_by: ACTOR,
  created_at: '2026-12-01T08:30:00.000Z',
  started_at: '2026-12-01T08:30:00.004Z',
  finished_at: '2026-12-01T08:30:00.035Z',
};

/** As it is in the answer to its submission: stored, and nothing done yet. */
export const newGoalExample: GoalView = {
  ...goalExample,
  state: 'RECEIVED',
  progress: { total: 2, succeeded: 0, failed: 0, running: 0, waiting: 2 },
  result: null,
  cost: { tokens: 0, money: '0', seconds: 0 },
  started_at: null,
  finished_at: null,
};

const successorExample: GoalView = {
  ...newGoalExample,
  id: 'goal_01k6vg7m3c5n8p2q4r6s9t1v3w',
  created_at: '2026-12-01T09:15:00.000Z',
};

export const forkExample: GoalView = { ...successorExample, forked_from: { goal_id: goalExample.id, seq: 9 } };

export const retryExample: GoalView = {
  ...successorExample,
  progress: { ...successorExample.progress, succeeded: 1, waiting: 1 },
  retry_of: goalExample.id,
};

/** Who does what nobody asked for by name: the worker that carries the goal. */
export const ENGINE_ACTOR = { kind: 'system', id: 'wrk_01k6vf32hz9qj4m7x2n5p8s1t4', name: 'engine' };

export const taskExample: TaskView = {
  id: 'task_01k6vf32j1fzr8w5g3ya1b2c3d',
  key: 'load',
  state: 'SUCCEEDED',
  tool: 'read_file',
  depends_on: [],
  attempts: 1,
  output: { content: 'region,amount\nnorth,12\n', encoding: 'utf8', size: 23 },
  error: null,
  approval_id: null,
  worker_id: ENGINE_ACTOR.id,
  started_at: '2026-12-01T08:30:00.006Z',
  finished_at: '2026-12-01T08:30:00.009Z',
};

export const journalExample: JournalEntryView = {
  seq: 1,
  at: '2026-12-01T08:30:00.000Z',
  type: 'goal.transition',
  from: 'IDLE',
  to: 'RECEIVED',
  actor: ACTOR,
  reason: null,
  data: { tasks: 2 },
};

export const artifactExample: ArtifactView = {
  id: 'art_01k6vf32k3w8h5c1d9e7f2g4j6',
  task_id: 'task_01k6vf32j1fzr8w5g3ya1b2c3e',
  path: 'copy.csv',
  size: 23,
  sha256: SHA256,
  media_type: 'text/csv',
  created_at: '2026-12-01T08:30:00.035Z',
};
