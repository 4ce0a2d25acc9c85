import type { LookupAddress } from 'node:dns';

/** Gives all addresses of a name, like `dns.lookup` of Node with `all`. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

export interface LookupLimits {
  /** Look-ups that are under way at the same time. */
  readonly atOnce: number;
  /** How long a caller waits, for its turn and for the answer. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly host: string;
  readonly resolve: (addresses: readonly LookupAddress[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Like the code by which the system says that no server answered (getaddrinfo(3)). */
class LookupTimeout extends Error {
  readonly code = 'EAI_AGAIN';
}

/**
 * A look-up that takes part of what it has in common with others, instead of all of it, and that is over in time. What
 * was begun cannot be ended: it keeps its place until the system answers, but nobody waits for it. Whoever gave up
 * before its turn came is never looked up. Rejects with the code EAI_AGAIN when the time is over.
 */
export function boundedLookup(lookup: Lookup, { atOnce, timeoutMs }: LookupLimits): Lookup {
  const waiting = new Set<Waiting>();
  let underWay = 0;

  const proceed = (): void => {
    for (const next of waiting) {
      if (underWay >= atOnce) return;
      waiting.delete(next);
      underWay += 1;
      void lookup(next.host)
        .then(next.resolve, next.reject)
        .finally(() => {
          underWay -= 1;
          proceed();
        });
    }
  };

  return async (host) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly LookupAddress[]>();
    const one: Waiting = { host, resolve, reject };
    const timer = setTimeout(() => {
      waiting.delete(one);
      reject(new LookupTimeout('The look-up took too long.'));
    }, timeoutMs);
    waiting.add(one);
    proceed();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  };
}
