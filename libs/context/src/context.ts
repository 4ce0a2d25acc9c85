import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from '#libs/policy';

/** What is known about the request or job that is running: made once, filled in as the edge's checks pass. */
export interface RequestContext {
  readonly requestId: string;
  /** Address of the caller; empty for a job. */
  readonly address: string;
  /** `GET /api/v1/goals`, or the name of a job. */
  readonly operation: string;
  principal: Principal | undefined;
  /** UUID of the tenant in whose name the work is done; set once membership has been checked. */
  tenantId: string | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and everything that it starts, under the given context. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The current context, or undefined outside of any request or job. */
export function findContext(): RequestContext | undefined {
  return storage.getStore();
}

/** The current context. Throws outside of a request or job: that is a defect, not an input error. */
export function currentContext(): RequestContext {
  const context = storage.getStore();
  if (!context) throw new Error('no request context: this code must run inside runInContext');
  return context;
}

/** The authenticated principal and its tenant. Throws where the edge has let an anonymous request through. */
export function requirePrincipal(): { principal: Principal; tenantId: string } {
  const { principal, tenantId } = currentContext();
  if (!principal || !tenantId) throw new Error('no principal: the route must not be @Public to use it');
  return { principal, tenantId };
}
