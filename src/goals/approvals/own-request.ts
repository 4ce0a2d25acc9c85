import type { Submitter } from '#libs/orchestration';
import type { Principal } from '#libs/policy';

/** The same person with another key is the same person. */
export function isSamePerson(somebody: Submitter, { publicId: id, userId }: Principal): boolean {
  return somebody.id === id || (somebody.user_id !== null && somebody.user_id === userId);
}
