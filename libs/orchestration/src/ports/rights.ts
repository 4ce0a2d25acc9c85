import type { Submitter } from './goal-store.js';

/** Whether somebody may do something now; asked again before every call, because rights are taken away. */
export interface Rights {
  mayRunTools(tenantId: string, submitter: Submitter): Promise<boolean>;
}
