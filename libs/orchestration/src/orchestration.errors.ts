import { defineErrors } from '#libs/kernel';
import type { Failure } from './ports/tools.js';

/** Errors of the machine and of what may be asked of a goal. */
export const MACHINE_ERRORS = defineErrors({
  transition_refused: {
    title: 'The goal cannot go there',
    cause: 'The step is not in the table of transitions: the goal has ended, or is not yet where this makes sense.',
    remedy: 'Read the goal’s state first. A final state never changes; a retry makes a new goal.',
  },
  goal_final: {
    title: 'The goal has ended',
    cause: 'The goal is COMPLETED, FAILED or CANCELLED, and those states never change.',
    remedy: 'Use `retry` to make a new goal that keeps what succeeded.',
  },
});

/** Why a goal or a task failed. These codes stand in `error.code` of goals and tasks, not in HTTP answers. */
export const FAILURES = defineErrors({
  task_failed: {
    title: 'A task failed',
    cause: 'A task is out of attempts, or failed in a way that no further attempt mends.',
    remedy: 'Read the `error` of the task that is named, correct its cause, and retry the goal.',
  },
  check_failed: {
    title: 'A check was not met',
    cause: 'The output of a task does not meet the schema, the expression or the command of its `check`.',
    remedy: 'Compare the output with the check; correct one of them and retry the goal.',
  },
  ref_missing: {
    title: 'A reference leads nowhere',
    cause: 'A `$ref` names a path that the output of its task does not have.',
    remedy: 'Look at the output of the task that is referred to, and correct the path.',
  },
  invalid_arguments: {
    title: 'The arguments do not fit the tool',
    cause: 'After the references were replaced, the arguments are not what the tool accepts, or are too large or deep.',
    remedy: 'Compare them with the tool’s input schema in `GET /api/v1/tools`.',
  },
  outcome_uncertain: {
    title: 'It is not known whether the call took effect',
    cause:
      'A call that must not be repeated blindly was stopped, or sent and never answered; a person who was asked refused ' +
      'to decide what became of it, nobody did in time, or the goal ended first.',
    remedy:
      'Look whether the effect is there, by the idempotency key in the journal; then retry the goal, which calls again, ' +
      'or submit one that continues from it.',
  },
  interrupted: {
    title: 'Interrupted too often',
    cause: 'The process stopped during every attempt of the task, or each time that it took up the goal.',
    remedy: 'The task may be what stops it: check its memory and time, then retry the goal.',
  },
  deadline_exceeded: {
    title: 'The deadline has passed',
    cause: 'The goal was not done by its `deadline`.',
    remedy: 'Retry it with a later deadline.',
  },
  time_limit: {
    title: 'The goal worked for too long',
    cause: 'A goal may work for a limited time; pauses do not count.',
    remedy: 'Split the goal, or ask the administrator for a higher GOAL_MAX_SECONDS.',
  },
  depth_limit: {
    title: 'Goals are nested too deep',
    cause: 'A goal that was submitted by a goal, and so on, may be ten levels deep.',
    remedy: 'Let one goal hold more of the work in its own plan.',
  },
  token_limit: {
    title: 'The goal has used up its tokens',
    cause: 'A goal may use a limited number of tokens of language models.',
    remedy: 'Split the goal into smaller ones.',
  },
  agent_limit: {
    title: 'The goal has spawned too many agents',
    cause: 'A goal may spawn a limited number of agents.',
    remedy: 'Split the goal into smaller ones.',
  },
  concurrency_limit: {
    title: 'Too many calls at once',
    cause: 'The goal has as many calls under way as it may have. The call is tried again.',
    remedy: 'Nothing; or ask the administrator for a higher GOAL_CONCURRENCY.',
  },
  approval_refused: {
    title: 'The approval was refused, or nobody decided in time',
    cause: 'A task waited for a person’s leave, who refused it, or the approval expired.',
    remedy: 'Read the reason in the approval. Retry the goal to ask again.',
  },
  invalid_plan: {
    title: 'The plan is not valid',
    cause: 'The planner gave a plan that is no valid graph of known tools.',
    remedy: 'The detail names what is wrong. A plan written by a person is checked when it is submitted.',
  },
  permission_lost: {
    title: 'The right to do this is gone',
    cause: 'Whoever submitted the goal may no longer run tools: a key was revoked, or a role was taken away.',
    remedy: 'Submit the goal with a credential that has `tool:execute`.',
  },
  tool_not_allowed: {
    title: 'The tenant does not allow this tool',
    cause: 'The tenant has a list of allowed tools, and this one is not on it.',
    remedy: 'Use another tool, or have an administrator of the tenant allow it.',
  },
  address_blocked: {
    title: 'The address may not be reached',
    cause: 'It is internal, or a metadata service: after resolution of the name and after each redirect, too.',
    remedy: 'Use a public address. A host that is inside on purpose is allowed by OUTBOUND_ALLOW.',
  },
  command_blocked: {
    title: 'The command may never run',
    cause: 'It would destroy more than files of the workspace: what is outside, a database, a disk.',
    remedy: 'Write a command that works inside the workspace, with its paths written out.',
  },
  risk_too_high: {
    title: 'Too risky',
    cause: 'The tool’s risk is above what a goal may run.',
    remedy: 'Use a tool of lower risk.',
  },
  outputs_too_large: {
    title: 'The outputs of the goal are too large',
    cause: 'The outputs of all tasks of a goal together have at most 64 MiB.',
    remedy: 'Write large results to files and refer to those.',
  },
  path_outside_workspace: {
    title: 'The path leaves the workspace',
    cause: 'A path is absolute, climbs out with `..`, or leads out through a symbolic or hard link.',
    remedy: 'Use a path relative to the goal’s workspace.',
  },
  internal_error: {
    title: 'An error inside the engine',
    cause: 'Something failed that is not the plan’s fault.',
    remedy: 'Retry the goal. If it happens again, report it with the request id or the goal’s id.',
  },
});

/** The failure of a goal or a task. The types see to it that every code is explained above. */
export function failure(code: keyof typeof FAILURES.definitions, detail: string): Failure {
  return { code, detail };
}

/** What no further attempt and no other plan may answer: a goal whose task fails with one of these ends. */
const FATAL: ReadonlySet<string> = new Set<keyof typeof FAILURES.definitions>([
  'permission_lost',
  'tool_not_allowed',
  'address_blocked',
  'command_blocked',
  'depth_limit',
  'token_limit',
  'agent_limit',
  'risk_too_high',
  'path_outside_workspace',
  'time_limit',
  'outcome_uncertain',
  'outputs_too_large',
  'internal_error',
]);

export function isFatal(error: Failure): boolean {
  return FATAL.has(error.code);
}
