import type { JsonValue } from '#libs/kernel';
import { type CodeWork, MAX_CODE_MS, type Sandboxes } from '#libs/sandbox';
import { z } from 'zod';
import { type Tool, type ToolContext, defineTool } from '../tool.js';
import { blockedFiles, codeFiles, readCodeFiles } from './code-files.js';
import { failureOfSandbox, storable } from './sandbox-failures.js';

/** Characters of code; data belongs into `input` and `files`. */
const MAX_CODE_LENGTH = 512 * 1024;
/** Seconds of a call: the 30 that the code has (SBX-2), and what waiting for a turn and loading may take. */
const TIMEOUT_SECONDS = 35;
/** Kept for loading of a call that has little time: an interpreter takes up to 2 s, on an idle machine. */
const LOADING_SECONDS = 3;
const MAX_LOADING_SECONDS = 5;
const MAX_CODE_SECONDS = MAX_CODE_MS / 1000;

const ENDS_AFTER = `Code runs for ${MAX_CODE_SECONDS} s at the most, also where the task has more time.`;

const anyJson = z.custom<JsonValue>((value) => value !== undefined);

const output = z.strictObject({
  value: anyJson.meta({ description: 'Of the last expression; null where it has none.' }),
  stdout: z.string(),
  stderr: z.string(),
});

type CodeInput = { readonly code: string; readonly input?: JsonValue | undefined; readonly files: readonly string[] };

/** execute_javascript and execute_python (TOL-3). */
export function codeTools(sandboxes: Sandboxes): Tool[] {
  return [
    codeTool(sandboxes, {
      kind: 'javascript',
      description:
        'Runs JavaScript apart from everything else: no network, no files, no timers, no modules. `input` and `files` ' +
        'are variables in it; `await` works. Gives the value of the last expression, and what `console` printed. ' +
        ENDS_AFTER,
    }),
    codeTool(sandboxes, {
      kind: 'python',
      description:
        'Runs Python with its standard library apart from everything else: no network, no files of the host, no other ' +
        'packages. `input` and `files` are variables in it. Gives the value of the last expression, and what was ' +
        `printed. ${ENDS_AFTER}`,
    }),
  ];
}

function codeTool(sandboxes: Sandboxes, { kind, description }: Pick<CodeWork, 'kind'> & { description: string }): Tool {
  return defineTool({
    name: `execute_${kind}`,
    description,
    input: z.strictObject({
      code: z.string().min(1).max(MAX_CODE_LENGTH),
      input: anyJson.optional().meta({ description: 'The variable `input`; null by default.' }),
      files: codeFiles,
    }),
    output,
    permissionLevel: 'EXECUTE',
    risk: 'MEDIUM',
    // It reaches nothing outside of its process: see the attempts in libs/sandbox/src/wasm/*.spec.ts.
    effect: 'pure',
    action: 'code',
    runsCode: 'wasm',
    timeoutSeconds: TIMEOUT_SECONDS,
    blockedActions: blockedFiles,
    execute: (input, context) => execute(sandboxes, kind, input, context),
  });
}

async function execute(
  sandboxes: Sandboxes,
  kind: CodeWork['kind'],
  { code, input = null, files }: CodeInput,
  { workspace, signal, timeoutSeconds, tenantId: fairnessKey = '' }: ToolContext,
): Promise<z.output<typeof output>> {
  const work: CodeWork = { kind, code, input, files: await readCodeFiles(workspace, files) };
  try {
    const limits = { wallMs: codeSeconds(timeoutSeconds) * 1000 };
    const { value, stdout, stderr } = await sandboxes.run({ work, signal, limits, fairnessKey });
    return { value, stdout: storable(stdout), stderr: storable(stderr) };
  } catch (error) {
    throw failureOfSandbox(error);
  }
}

/**
 * Seconds that the code gets of those that the call has. The sandbox ends it a little before the call is over: then it
 * is known that the code was too slow, and it is not tried again in vain, as a call that only came too late would be.
 */
function codeSeconds(callSeconds: number): number {
  const forLoading = Math.min(MAX_LOADING_SECONDS, Math.max(LOADING_SECONDS, callSeconds / 7), callSeconds / 2);
  return Math.min(callSeconds - forLoading, MAX_CODE_SECONDS);
}
