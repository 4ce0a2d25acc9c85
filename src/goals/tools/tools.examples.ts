import { registerExample } from './register-example.js';
import type { ExecutedView, ToolView, WaitingView } from './tools.schemas.js';

/* Examples of the OpenAPI document, typed as what they are examples of so that they cannot drift from it. */

export const toolExample: ToolView = {
  name: registerExample.name,
  source: 'tenant',
  description: registerExample.description,
  permission_level: 'READ_ONLY',
  risk: 'LOW',
  effect: 'idempotent',
  idempotent: true,
  action: null,
  timeout_seconds: 10,
  needs: 'web_operations',
  input_schema: registerExample.input_schema,
  output_schema: { type: 'object' },
  definition: { ...registerExample },
  registered_by: { kind: 'api_key', id: 'ak_5f2b9c31d7e8', name: 'reports' },
  registered_at: '2026-12-01T08:30:00.000Z',
};

export const executedExample: ExecutedView = {
  goal_id: 'goal_01k6vf32j07gtsptjd9dfp61tn',
  task_id: 'task_01k6vf32j1fzr8w5g3ya1b2c3d',
  output: { status: 200, headers: { 'content-type': 'application/json' }, body: { degrees: 21 } },
  artifacts: [],
};

export const waitingExample: WaitingView = {
  goal_id: 'goal_01k6vf32j07gtsptjd9dfp61tn',
  task_id: 'task_01k6vf32j1fzr8w5g3ya1b2c3d',
  state: 'EXECUTING',
  approval_id: 'appr_01k6vf32j2c4n7q9s1t3v5x7z9',
};
