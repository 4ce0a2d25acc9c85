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
    cause: 'The output of a task does not have the shape that its `check` declares.',
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
    cause: 'The process stopped while a call that must not be repeated blindly was under way.',
    remedy: 'Look whether the effect is there; then retry the goal, or submit one that continues from it.',
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
