import { defineErrors } from '#libs/kernel';

export const APPROVAL_ERRORS = defineErrors({
  approval_decided: {
    title: 'The approval is decided already',
    cause: 'Somebody approved or rejected it before, or the goal ended and it is void.',
    remedy: 'Read the approval: it says who decided what, and when.',
  },
  approval_expired: {
    title: 'The approval has expired',
    cause: 'Nobody decided in time, which counts as a refusal.',
    remedy: 'Retry the goal to be asked again.',
  },
  own_request: {
    title: 'Nobody approves their own request',
    cause:
      'Whoever submitted the goal, by any of their credentials, neither approves what it asks for nor lifts the kill ' +
      'switch that somebody else engaged for it.',
    remedy: 'Have somebody else with `goal:approve` do it, or allow it in the settings of the tenant.',
  },
  nothing_pending: {
    title: 'Nothing waits for an approval',
    cause: 'No approval of the goal (or of the task that is named) is pending.',
    remedy: 'Read `GET /api/v1/approvals?goal_id=…`.',
  },
  several_pending: {
    title: 'Several approvals are pending',
    cause: 'The goal waits for more than one decision, so that it is not clear which one is meant.',
    remedy: 'Name one by `task_id`, or decide each by `POST /api/v1/approvals/{id}/approve`.',
  },
});
