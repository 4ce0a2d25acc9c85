import type { SubmitGoalBody } from '../../../src/goals/goals.schemas.js';

/** What a user sends: the rest is what the schema of the route fills in. */
export type Sent = Pick<SubmitGoalBody, 'description' | 'plan'> & Partial<SubmitGoalBody>;

/** A body as the route gives it to the use case. */
export function bodyOf(sent: Sent): SubmitGoalBody {
  return { priority: 'normal', start: true, on_failure: 'fail', files: [], context: {}, ...sent };
}
