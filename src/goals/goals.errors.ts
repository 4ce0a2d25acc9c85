import { defineErrors } from '#libs/kernel';

export const GOAL_ERRORS = defineErrors({
  model_required: {
    title: 'This needs a model, and none is configured',
    cause:
      'The description is not one that is understood by rules, or a part of the goal asks for an agent. Both need a ' +
      'language model, and this version has no provider of models that could be configured.',
    remedy:
      'Send a `plan` whose tasks call tools, name a `playbook` of `GET /api/v1/playbooks`, or write numbered steps. The ' +
      'detail says what was nearly understood.',
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
  history_too_large: {
    title: 'The journal is too large to be replayed',
    cause: 'A replay or a fork reads the rows up to the one that is asked for: at most 64 MiB of them.',
    remedy: 'Ask for an earlier row by `seq` or `from_seq`, or read the journal page by page.',
  },
  file_unknown: {
    title: 'There is no such file',
    cause: 'A goal refers to an uploaded file that does not exist, or belongs to another tenant.',
    remedy: 'Upload it by `POST /api/v1/files` and use the id that it answers.',
  },
});
