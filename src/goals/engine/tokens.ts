/** Injection tokens of the core's ports. */
export const GOAL_STORE = Symbol('GoalStore');
export const LIMITS = Symbol('Limits');
export const FILE_STORE = Symbol('FileStore');
