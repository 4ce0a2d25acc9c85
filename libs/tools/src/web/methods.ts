import type { CallFacts } from '../tool.js';

type MethodFacts = Omit<CallFacts, 'runsCode'>;

const READ: MethodFacts = { effect: 'idempotent', permissionLevel: 'READ_ONLY', risk: 'LOW', action: null };
const WRITE: MethodFacts = { effect: 'non_idempotent', permissionLevel: 'READ_WRITE', risk: 'MEDIUM', action: null };
const DELETE: MethodFacts = { effect: 'non_idempotent', permissionLevel: 'READ_WRITE', risk: 'HIGH', action: 'delete' };

/**
 * What a request of each method is (RFC 9110, section 9.2). PUT is idempotent: a second one leaves what the first did.
 * DELETE counts as not idempotent although the RFC says so, because a second one may hit what came in the meantime.
 */
const FACTS = {
  GET: READ,
  HEAD: READ,
  OPTIONS: READ,
  POST: WRITE,
  PUT: { ...WRITE, effect: 'idempotent' },
  PATCH: WRITE,
  DELETE,
} as const satisfies Readonly<Record<string, MethodFacts>>;

export type Method = keyof typeof FACTS;

export const METHODS = Object.keys(FACTS) as readonly Method[];

/** What is known of a request; the most careful answer for a method that is not known, or not yet. */
export function factsOfMethod(method: unknown): MethodFacts {
  return METHODS.find((known) => known === method) === undefined ? DELETE : FACTS[method as Method];
}

/** Whether requests of this method may carry a body. Where it has no meaning, servers and caches trip over it. */
export function takesBody(method: Method): boolean {
  return FACTS[method].permissionLevel !== 'READ_ONLY';
}
