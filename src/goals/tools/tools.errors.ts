import { defineErrors } from '#libs/kernel';

export const REGISTERED_TOOL_ERRORS = defineErrors({
  tool_name_in_use: {
    title: 'Unfinished goals still mean another tool by this name',
    cause: 'A tool of this name was deleted, and goals that have not ended yet have it in their plan.',
    remedy: 'Wait until those goals have ended, cancel them, or register the tool under another name.',
  },
  tool_built_in: {
    title: 'The tool is built in',
    cause: 'Only tools that the tenant has registered can be deleted.',
    remedy: 'To keep goals from calling it, leave it out of the tenant’s list of allowed tools.',
  },
  tool_limit: {
    title: 'The tenant has as many tools as it may have',
    cause: 'The number of tools that a tenant may register is limited.',
    remedy: 'Delete one that is not needed any more.',
  },
  tool_call_failed: {
    title: 'The call of the tool failed',
    cause: 'The tool was called as a goal of one task, and that failed: `error` has its code and what happened.',
    remedy: 'Look up the code in `error.code`. The goal in `goal_id` has the whole story.',
  },
});
