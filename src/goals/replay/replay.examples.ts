import type { Page } from '#libs/http';
import { ENGINE_ACTOR, journalExample } from '../goals.examples.js';
import { submitExample } from '../submit-example.js';
import type { PlanVersionView, PlanView, ReplayView, ReplayedTaskView } from './replay.schemas.js';

const loaded: ReplayedTaskView = {
  key: 'load',
  id: 'task_01k6vf32j1fzr8w5g3ya1b2c3d',
  state: 'SUCCEEDED',
  attempts: 1,
  error_code: null,
  approval_id: null,
  started_at: '2026-12-01T08:30:00.006Z',
  finished_at: '2026-12-01T08:30:00.009Z',
  seq: 6,
};

export const replayExample: ReplayView = {
  goal_id: 'goal_01k6vf32j07gtsptjd9dfp61tn',
  seq: 6,
  previous_seq: 5,
  next_seq: 7,
  last_seq: 11,
  row: {
    ...journalExample,
    seq: 6,
    at: '2026-12-01T08:30:00.009Z',
    type: 'task.completed',
    from: null,
    to: null,
    actor: ENGINE_ACTOR,
    data: { task_id: loaded.id, key: 'load', attempt: 1 },
  },
  state: 'EXECUTING',
  held: false,
  paused: null,
  halted: null,
  plan_version: 1,
  replans: 0,
  progress: { total: 2, succeeded: 1, failed: 0, running: 0, waiting: 1 },
  changed_task: loaded,
  tasks: {
    data: [
      loaded,
      {
        key: 'save',
        id: null,
        state: 'READY',
        attempts: 0,
        error_code: null,
        approval_id: null,
        started_at: null,
        finished_at: null,
        seq: null,
      },
    ],
    next_cursor: null,
  },
};

export const planVersionsExample: Page<PlanVersionView> = {
  data: [
    {
      version: 1,
      seq: 1,
      at: '2026-12-01T08:30:00.000Z',
      by: journalExample.actor,
      reason: null,
      tasks: 2,
      lineage: null,
    },
    {
      version: 2,
      seq: 11,
      at: '2026-12-01T08:30:02.000Z',
      by: ENGINE_ACTOR,
      reason: 'Task "save" failed after 4 of 4 attempts: the disk is full.',
      tasks: 2,
      lineage: {
        kept: { count: 1, keys: ['load'] },
        dropped: { count: 0, keys: [] },
        added: { count: 0, keys: [] },
        changed: { count: 0, keys: [] },
      },
    },
  ],
  next_cursor: null,
};

export const planExample: PlanView = { version: 1, plan: submitExample.plan };
