import { HTTP_ERRORS } from '#libs/http';
import { COMMON_ERRORS, type ErrorCatalogue } from '#libs/kernel';
import { MODEL_ERRORS } from '#libs/models';
import { FAILURES, MACHINE_ERRORS } from '#libs/orchestration';
import { TOOL_ERRORS, TOOL_FAILURES } from '#libs/tools';
import { API_KEY_ERRORS } from './access/api-keys/api-keys.errors.js';
import { APPROVAL_ERRORS } from './goals/approvals/approvals.errors.js';
import { GOAL_ERRORS } from './goals/goals.errors.js';
import { PLAYBOOK_ERRORS } from './goals/playbooks/playbooks.errors.js';
import { REGISTERED_TOOL_ERRORS } from './goals/tools/tools.errors.js';
import { LIVE_ERRORS } from './live/live.errors.js';
import { TENANCY_ERRORS } from './tenancy/tenancy.errors.js';

/**
 * The error catalogues of all modules, for the page of error codes and the OpenAPI document. A new code also gets its
 * status in src/edge/problem/status-of.ts; a test holds the two against each other.
 */
export const CATALOGUES: readonly ErrorCatalogue[] = [
  COMMON_ERRORS,
  HTTP_ERRORS,
  TENANCY_ERRORS,
  API_KEY_ERRORS,
  GOAL_ERRORS,
  APPROVAL_ERRORS,
  MODEL_ERRORS,
  PLAYBOOK_ERRORS,
  LIVE_ERRORS,
  MACHINE_ERRORS,
  TOOL_ERRORS,
  REGISTERED_TOOL_ERRORS,
];

/** Codes in `error.code` of goals and tasks, which have no HTTP status: for the page of error codes only. */
export const FAILURE_CATALOGUES: readonly ErrorCatalogue[] = [TOOL_FAILURES, FAILURES];
