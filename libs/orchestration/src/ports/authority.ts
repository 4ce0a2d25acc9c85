import type { Actor, GoalRecord, Halt } from './goal.js';

/** What a tenant has decided for itself. */
export interface TenantRules {
  /** The only tools that may be called; null for all. */
  readonly allowedTools: readonly string[] | null;
  /** Whether code that runs in the wasm sandbox waits for a person. */
  readonly wasmCodeNeedsApproval: boolean;
}

/** How things stand for a goal at this moment. */
export interface Standing {
  readonly halt: Halt | null;
  /** Whether whoever submitted the goal may still run tools: the tenant is active, the right is there. */
  readonly mayRunTools: boolean;
  readonly rules: TenantRules;
}

/**
 * Who may do what now; asked again before every call, because rights are taken away. An answer is never older than
 * half a second. Throws `unavailable` while it cannot be known.
 */
export interface Authority {
  standingOf(goal: Pick<GoalRecord, 'tenantId' | 'id' | 'submitter'>): Promise<Standing>;
  /** Whether somebody may (still) decide approvals in the tenant. */
  mayApprove(tenantId: string, approver: Actor): Promise<boolean>;
}
