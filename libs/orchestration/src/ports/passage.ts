import type { JsonValue } from '#libs/kernel';
import type { Halt } from './goal.js';
import type { ApprovalAction, Failure, ToolOutcome } from './tools.js';

/** What an approval is given for: all of what the task will run. */
export interface Approvable {
  readonly tool: string;
  readonly arguments: JsonValue;
  /** The command that checks the result, if the task has one. */
  readonly checkCommand: readonly string[] | null;
}

/** What a check found. */
export type Finding =
  /** May not be done. A violation ends the goal; a limit that was reached is none. */
  | { readonly kind: 'refused'; readonly error: Failure; readonly violation: boolean; readonly retryable: boolean }
  /** Nothing may be done at all, for now. */
  | { readonly kind: 'halted'; readonly halt: Halt }
  /** Waits for a person. */
  | { readonly kind: 'asks'; readonly action: ApprovalAction | null; readonly reason: string };

/** What the gate says to a call, without making it. */
export type Verdict =
  | { readonly kind: 'allowed' }
  | (Finding & { readonly check: string })
  /** It was stopped before there was an answer. */
  | { readonly kind: 'unasked' };

/** How a call left the gate: made, with its outcome, or not made. */
export type Passage = { readonly kind: 'ran'; readonly outcome: ToolOutcome } | Exclude<Verdict, { kind: 'allowed' }>;
