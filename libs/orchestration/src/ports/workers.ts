/** What a worker can be trusted with (WRK-1). A task needs one of them; whoever lacks it hands the task on. */
export const CAPABILITIES = [
  /** Carries goals. */
  'goal_execution',
  /** Runs what needs nothing special: echo, sleep, code in a sandbox, commands. */
  'task_execution',
  'agent_spawning',
  'llm_inference',
  /** Reads and writes workspaces. */
  'file_operations',
  /** Reaches the web. */
  'web_operations',
  'memory_operations',
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** A worker that takes new work, as it was at its last heartbeat. */
export interface WorkerInfo {
  /** UUID of the process. */
  readonly id: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Tasks of others that it runs at the same time, at the most. */
  readonly capacity: number;
  /** Tasks of others that it runs now. */
  readonly running: number;
  /** Goals in its hands. */
  readonly goals: number;
}

/** The workers that there are. What it says may be a heartbeat old: good for hints, never for ownership. */
export interface WorkerDirectory {
  /** Those that live and are not draining; empty while it is not known. Never waits. */
  live(): readonly WorkerInfo[];
}
