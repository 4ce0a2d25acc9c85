export { LOST_ENDINGS } from './dispatch/lost-endings.js';
export { Placement, STRATEGIES, type Strategy } from './dispatch/strategies.js';
export { TaskHost } from './dispatch/task-host.js';
export { Engine, type EngineSettings } from './engine/engine.js';
export type { GovernorDeps } from './governor/deps.js';
export type { Limits } from './governor/limits.js';
export { newlyLeased, receivedGoal } from './governor/new-goal.js';
export { SlotPool } from './governor/slots.js';
export { stateDiagram } from './machine/diagram.js';
export { assertListed } from './machine/machine.js';
export { type GoalState, TASK_STATES, type TaskState, goalStates, isFinal } from './machine/states.js';
export { MACHINE_VERSION } from './machine/version.js';
export { MIND_BY_RULES } from './minds/rules.js';
export { FAILURES, MACHINE_ERRORS } from './orchestration.errors.js';
export { graphOf, isParallel } from './plan/graph.js';
export {
  LIMIT_MAX_ATTEMPTS,
  MAX_TASKS,
  type OnFailure,
  type Plan,
  type PlanTask,
  type TaskCheck,
} from './plan/plan.js';
export { validatePlan } from './plan/validate.js';
export { writePositions } from './replay/positions.js';
export { keptByFork } from './replay/kept-by-fork.js';
export { replay } from './replay/replay.js';
export type { JournalRow, ReplayedGoal, ReplayedTask } from './replay/replayed.js';
export type { Authority, Standing, TenantRules } from './ports/authority.js';
export type { OutputCheck, OutputChecker } from './ports/checker.js';
export type {
  DispatchLease,
  DispatchSignals,
  DispatchStore,
  DispatchedWork,
  Ending,
  LateResult,
  NewDispatch,
  OpenDispatch,
  TakenCall,
} from './ports/dispatch.js';
export * from './ports/goal.js';
export * from './ports/goal-store.js';
export type { WorkSignals } from './ports/signals.js';
export {
  APPROVAL_ACTIONS,
  type ApprovalAction,
  type BlockedAction,
  type CallFacts,
  type PermissionLevel,
  RISKS,
} from './ports/tools.js';
export type {
  Failure,
  FileChange,
  Risk,
  ToolCall,
  ToolCatalogue,
  ToolCatalogues,
  ToolEffect,
  ToolOutcome,
  ToolRunner,
  ToolSpec,
} from './ports/tools.js';
export { CAPABILITIES, type Capability, type WorkerDirectory, type WorkerInfo } from './ports/workers.js';
export { Gate } from './safety/gate.js';
export type { Verdict } from './ports/passage.js';
export { judgeTask, requestsOf } from './safety/judge-task.js';
