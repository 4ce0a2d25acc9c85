import { defineErrors } from '#libs/kernel';

/** What callers of this library can meet beside `invalid_input`. */
export const MODEL_ERRORS = defineErrors({
  invalid_playbook: {
    title: 'The playbook is not valid',
    cause: 'The text is not YAML as playbooks use it, or what it says does not fit together.',
    remedy: 'Each entry of `errors` names a path in the playbook and the line. Correct those and send it again.',
  },
  playbook_name_taken: {
    title: 'A built-in playbook has this name',
    cause: 'Names of built-in playbooks mean the same for everybody, so an own one cannot take them.',
    remedy: 'Choose another `name`; `GET /api/v1/playbooks` lists those in use.',
  },
});
