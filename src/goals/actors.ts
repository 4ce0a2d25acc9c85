import { requirePrincipal } from '#libs/context';
import type { Actor, Submitter } from '#libs/orchestration';
import type { Principal } from '#libs/policy';

/** A principal as it stands in journals. */
function actorOf({ kind, publicId, name }: Principal): Actor {
  return { kind, id: publicId, name };
}

/** A principal in whose name a goal runs on after the request. */
export function submitterOf(principal: Principal): Submitter {
  return { ...actorOf(principal), user_id: principal.userId };
}

export function currentActor(): Actor {
  return actorOf(requirePrincipal().principal);
}
