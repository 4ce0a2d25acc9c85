/** The categories of audit events. */
export type EventCategory =
  | 'AUTHENTICATION'
  | 'AUTHORIZATION'
  | 'DATA_ACCESS'
  | 'DATA_MUTATION'
  | 'SECURITY'
  | 'AGENT'
  | 'GOAL'
  | 'TENANT';

export type EventSeverity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
export type EventOutcome = 'SUCCESS' | 'FAILURE' | 'PENDING';

interface EventDefinition {
  readonly description: string;
  readonly category: EventCategory;
  readonly severity: EventSeverity;
  readonly outcome: EventOutcome;
  /** What a reader must be allowed to do to see it. */
  readonly permission: 'goal:read' | 'audit:read';
}

/** Everything that can be recorded: a closed set. A name, once used, keeps its meaning. */
export const EVENTS = {
  'goal.created': {
    description: 'A goal was submitted.',
    category: 'GOAL',
    severity: 'INFO',
    outcome: 'PENDING',
    permission: 'goal:read',
  },
  'goal.completed': {
    description: 'A goal ended with a result.',
    category: 'GOAL',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'goal.failed': {
    description: 'A goal ended without a result; `data.error` says why.',
    category: 'GOAL',
    severity: 'WARNING',
    outcome: 'FAILURE',
    permission: 'goal:read',
  },
  'goal.cancelled': {
    description: 'Somebody cancelled a goal.',
    category: 'GOAL',
    severity: 'INFO',
    outcome: 'FAILURE',
    permission: 'goal:read',
  },
  'goal.paused': {
    description: 'Somebody paused a goal.',
    category: 'GOAL',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'goal.resumed': {
    description: 'Somebody let a paused goal go on.',
    category: 'GOAL',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'goal.halted': {
    description: 'A kill switch stopped a running goal.',
    category: 'SECURITY',
    severity: 'WARNING',
    outcome: 'PENDING',
    permission: 'goal:read',
  },
  'goal.late_result_refused': {
    description: 'A worker came back with results after its work had passed to somebody else; they count for nothing.',
    category: 'GOAL',
    severity: 'WARNING',
    outcome: 'FAILURE',
    permission: 'goal:read',
  },
  'approval.required': {
    description: 'A task waits for a person.',
    category: 'GOAL',
    severity: 'INFO',
    outcome: 'PENDING',
    permission: 'goal:read',
  },
  'approval.granted': {
    description: 'Somebody approved what a task waited for.',
    category: 'SECURITY',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'approval.refused': {
    description: 'Somebody refused what a task waited for, or nobody decided in time.',
    category: 'SECURITY',
    severity: 'INFO',
    outcome: 'FAILURE',
    permission: 'goal:read',
  },
  'approval.voided': {
    description: 'A question was taken back: the goal ended, or was planned anew.',
    category: 'SECURITY',
    severity: 'INFO',
    outcome: 'FAILURE',
    permission: 'goal:read',
  },
  'kill_switch.engaged': {
    description: 'Somebody stopped a goal, the tenant or everything by the kill switch.',
    category: 'SECURITY',
    severity: 'CRITICAL',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'kill_switch.lifted': {
    description: 'Somebody lifted a kill switch.',
    category: 'SECURITY',
    severity: 'WARNING',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'safety.violation': {
    description: 'The safety gate refused a call of a running goal.',
    category: 'SECURITY',
    severity: 'WARNING',
    outcome: 'FAILURE',
    permission: 'goal:read',
  },
  'file.stored': {
    description: 'A file was uploaded.',
    category: 'DATA_MUTATION',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'playbook.created': {
    description: 'A playbook was stored.',
    category: 'DATA_MUTATION',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'playbook.updated': {
    description: 'A playbook got a new version.',
    category: 'DATA_MUTATION',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'playbook.deleted': {
    description: 'A playbook was deleted; its versions are kept.',
    category: 'DATA_MUTATION',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'goal:read',
  },
  'tool.registered': {
    description: 'A tool of the tenant’s own was registered; `data.definition` is what was sent.',
    category: 'DATA_MUTATION',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'audit:read',
  },
  'tool.deleted': {
    description: 'A tool of the tenant’s own was deleted.',
    category: 'DATA_MUTATION',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'audit:read',
  },
  'tenant.created': {
    description: 'A tenant was made.',
    category: 'TENANT',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'audit:read',
  },
  'tenant.updated': {
    description: 'The tenant changed what it decides for itself; `data.changes` has old and new.',
    category: 'TENANT',
    severity: 'WARNING',
    outcome: 'SUCCESS',
    permission: 'audit:read',
  },
  'apikey.created': {
    description: 'An API key was issued.',
    category: 'SECURITY',
    severity: 'INFO',
    outcome: 'SUCCESS',
    permission: 'audit:read',
  },
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof EVENTS;
