import { type TestTool, failed, ok } from '../../libs/orchestration/src/conformance/kit.js';

/**
 * The tools of the recorded goals, as they are while a history is carried on: whatever is done now succeeds. While one
 * is recorded some of them behave otherwise; see scenarios.ts.
 */
export const TOOLS = {
  /** Gives back its arguments. */
  echo: { run: ({ arguments: given }) => ok(given) },
  /** Cannot be told from one that has been made, nor undone. */
  move: { effect: 'non_idempotent', run: () => ok({ moved: true }) },
  /** Waits for a person before it does anything. */
  ship: { effect: 'non_idempotent', action: 'deploy', run: () => ok({ shipped: true }) },
  /** Fails, and trying again may help. */
  flaky: { run: () => ok({}) },
  /** Fails for good. */
  broken: { run: () => failed('broken for good', false) },
  /** Is still at it when whatever happens happens. */
  slow: { effect: 'idempotent', run: () => ok({ waited: true }) },
} as const satisfies Record<string, TestTool>;
