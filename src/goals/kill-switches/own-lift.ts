import type { Principal } from '#libs/policy';
import { APPROVAL_ERRORS } from '../approvals/approvals.errors.js';
import { isSamePerson } from '../approvals/own-request.js';
import type { Engaged } from './switch-rows.js';

/**
 * Whoever submitted a goal does not overrule who stopped it; what they alone have engaged is theirs to lift. Throws
 * `own_request`.
 */
export function refuseOwnLift({ submitter, engaged_by, seconded }: Engaged, principal: Principal): void {
  if (submitter === null || !isSamePerson(submitter, principal)) return;
  if (isSamePerson(engaged_by, principal) && !seconded) return;
  throw APPROVAL_ERRORS.make(
    'own_request',
    'The goal is your own, and somebody else engaged its kill switch; somebody else has to lift it.',
  );
}
