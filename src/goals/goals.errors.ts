import { defineErrors } from '#libs/kernel';

export const GOAL_ERRORS = defineErrors({
  model_required: {
    title: 'This needs a model, and none is configured',
    cause: 'The goal has no plan, or a part of it asks for an agent; both need a language model.',
    remedy: 'Send a `plan` whose tasks call tools. `GET /api/v1/tools` lists them.',
  },
  already_started: {
    title: 'The goal has started already',
    cause: 'Only a goal that was submitted with `"start": false` and still waits can be started.',
    remedy: 'Read the goal: its state says where it is.',
  },
  not_final: {
    title: 'The goal has not ended',
    cause: 'A retry begins where a goal failed or was cancelled; this one is still going on.',
    remedy: 'Wait for its end, or cancel it first.',
  },
  nothing_to_retry: {
    title: 'There is nothing to retry',
    cause: 'The goal was completed: every task succeeded.',
    remedy: 'Submit a new goal.',
  },
  file_unknown: {
    title: 'There is no such file',
    cause: 'A goal refers to an uploaded file that does not exist, or belongs to another tenant.',
    remedy: 'Upload it by `POST /api/v1/files` and use the id that it answers.',
  },
});
