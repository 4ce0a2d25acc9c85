import { failure } from '../orchestration.errors.js';
import type { Ending } from '../ports/dispatch.js';
import type { Failure } from '../ports/tools.js';

const lost = (error: Failure, uncertain: boolean): Ending => ({
  kind: 'ran',
  outcome: { ok: false, error, retryable: false, violation: false, uncertain },
});

/** How calls end whose worker is gone: such as may be repeated, and were, too often; and such as may not. */
export const LOST_ENDINGS = {
  repeatable: lost(failure('interrupted', 'Several workers that ran it stopped, one after another.'), false),
  uncertain: lost(
    failure(
      'outcome_uncertain',
      'The worker that ran it is gone; it may have taken effect and is not repeated blindly.',
    ),
    true,
  ),
} as const;
