export { BUILTIN_PLAYBOOKS } from './library/builtin.js';
export { type PlaybookLibrary, checkOwnPlaybook, playbookLibrary } from './library/library.js';
export { MODEL_ERRORS } from './models.errors.js';
export type { NotUnderstood, PlanProvider, PlanRequest, Planned, PlannedBy } from './planner/plan-provider.js';
export { RulePlanner } from './planner/rule-planner.js';
export { examplePlan, parsePlaybook } from './playbook/parse-playbook.js';
export type { Playbook } from './playbook/playbook.js';
export { withLines } from './playbook/with-lines.js';
export { playbookReference } from './reference/playbook-reference.js';
