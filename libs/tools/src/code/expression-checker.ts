import { type JsonValue, excerpt } from '#libs/kernel';
import { MAX_SHORT_MS, SandboxFailure, type Sandboxes } from '#libs/sandbox';
import { storable } from './sandbox-failures.js';

export type ExpressionVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const LIMITS = { wallMs: MAX_SHORT_MS, outputBytes: 64 * 1024 };

/** Checks what a task has put out by an expression that its author wrote, e.g. `output.rows > 0` (ORC-9). */
export class ExpressionChecker {
  constructor(private readonly sandboxes: Sandboxes) {}

  /**
   * Evaluates JavaScript in which `output` is a variable. Only `true` passes; a value that merely counts as true does
   * not, since it mostly stands for a forgotten comparison. Rejects with the signal's reason once that is aborted;
   * whatever else goes wrong is a reason for which the check failed. `fairnessKey`: see SandboxRequest.
   */
  async check(
    expression: string,
    output: JsonValue,
    signal: AbortSignal,
    fairnessKey = '',
  ): Promise<ExpressionVerdict> {
    // On a line of its own: a comment at the end of the expression, or a directive at its beginning, stays harmless.
    const code = `var output = input;\n${expression}`;
    try {
      const work = { kind: 'javascript', code, input: output, files: {} } as const;
      const { value } = await this.sandboxes.run({ work, signal, limits: LIMITS, short: true, fairnessKey });
      if (value === true) return { ok: true };
      return failed(expression, `gave ${excerpt(JSON.stringify(value))} instead of true.`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SandboxFailure)) throw error;
      return failed(expression, `could not be evaluated: ${excerpt(messageOf(error), 500)}`);
    }
  }
}

function failed(expression: string, what: string): ExpressionVerdict {
  return { ok: false, reason: storable(`The expression \`${excerpt(expression)}\` ${what}`) };
}

/** Without the place, which would be off by the line that comes before the expression. */
function messageOf({ message, output }: SandboxFailure): string {
  return typeof output['message'] === 'string' ? output['message'] : message;
}
