import { defineErrors } from '#libs/kernel';

/** What can be wrong with storing a playbook, beside its text (`invalid_playbook`) and its name (`playbook_name_taken`). */
export const PLAYBOOK_ERRORS = defineErrors({
  playbook_exists: {
    title: 'There is such a playbook already',
    cause: 'Another playbook of the tenant has the name.',
    remedy: 'Give it a new version by `PUT /api/v1/playbooks/{name}`, or choose another `name`.',
  },
  playbook_built_in: {
    title: 'Built-in playbooks cannot be changed',
    cause: 'Built-in playbooks come with the program, and mean the same for everybody.',
    remedy: 'Copy its YAML, give it another `name` and store that.',
  },
  playbook_limit: {
    title: 'The tenant has as many playbooks as it may have',
    cause: 'A tenant may keep a limited number of playbooks, so that descriptions can be held against all of them.',
    remedy: 'Delete one that is no longer used; goals that run are not touched by that.',
  },
});
