import type { JsonObject } from '#libs/kernel';
import type { CommandWork, SandboxResult, Sandboxes } from '#libs/sandbox';
import { z } from 'zod';
import { failureOfSandbox, storable } from '../code/sandbox-failures.js';
import { MAX_COMMAND_LENGTH, blockedCommand } from '../command-rules/command-rules.js';
import { type BlockedAction, type Tool, type ToolContext, defineTool } from '../tool.js';
import { ToolFailure } from '../tool-failure.js';
import { bringBack } from './bring-back.js';
import { copyWorkspace } from './copy-in.js';
import { type LeftOut, differencesOf } from './copy-out.js';
import { fitted } from './fitted.js';

/** Seconds of a call: the 30 that a command has (SBX-2), and what bringing back its changes may take. */
const TIMEOUT_SECONDS = 40;
const MAX_RETURN_SECONDS = 10;

const MAX_WORDS = 256;
const MAX_WORD_LENGTH = 64 * 1024;
const TOO_LONG = `must have ${MAX_COMMAND_LENGTH} characters at most, all words together: write a script into a file.`;
/** Entries that are named of what was left out. */
const MAX_NAMED = 100;
/** Characters of what was printed last that a failure repeats. */
const MAX_REPEATED = 300;

const word = z
  .string()
  .max(MAX_WORD_LENGTH)
  .refine((text) => !text.includes('\0'), { message: 'must not hold a NUL character.' });

const input = z.strictObject({
  command: z
    .array(word)
    .min(1)
    .max(MAX_WORDS)
    .refine(([program]) => program !== '', { path: [0], message: 'must name a program.' })
    .refine((words) => words.join('').length <= MAX_COMMAND_LENGTH, { message: TOO_LONG })
    .describe(
      'Program and arguments, e.g. `["sort", "-u", "names.txt"]`. No shell reads them; name one if you need it.',
    ),
});

const output = z.strictObject({
  exit_code: z.int().describe('Of the program; 127 if there is none of that name, 128 and the number for a signal.'),
  stdout: z.string(),
  stderr: z.string(),
  left_out: z
    .array(z.strictObject({ path: z.string(), reason: z.string() }))
    .describe('What the command made that did not become a part of the workspace, e.g. symbolic links.'),
});

/** run_command (TOL-3). */
export function commandTools(sandboxes: Sandboxes): Tool[] {
  return [
    defineTool({
      name: 'run_command',
      description:
        'Runs a program of this machine on the files of the workspace, apart from everything else: no network, no other ' +
        'files, no other processes. Gives its exit code, which may say that it failed, and what it wrote. ' +
        'Files that it changed are changed in the workspace when it has ended.',
      input,
      output,
      permissionLevel: 'EXECUTE',
      risk: 'HIGH',
      // What a program does to the files of the goal it may do differently, or again, when it runs once more.
      effect: 'non_idempotent',
      action: 'code',
      runsCode: 'local',
      timeoutSeconds: TIMEOUT_SECONDS,
      blockedActions: blockedCommands,
      execute: ({ command }, context) => runCommand(sandboxes, command, context),
    }),
  ];
}

function blockedCommands({ command }: JsonObject): BlockedAction[] {
  if (!Array.isArray(command)) return [];
  // A word that is not known yet may be anything; what is known is judged without it, and all of it again later.
  const reason = blockedCommand(command.map((known) => (typeof known === 'string' ? known : '')));
  return reason === undefined ? [] : [{ code: 'command_blocked', argument: 'command', reason }];
}

async function runCommand(
  sandboxes: Sandboxes,
  argv: readonly string[],
  { workspace, signal, timeoutSeconds, tenantId: fairnessKey = '', touches }: ToolContext,
): Promise<z.output<typeof output>> {
  // The command works on a copy, apart from everything else: stopped or killed at a limit, it has left nothing.
  touches?.(false);
  const commandEnds = performance.now() + commandSeconds(timeoutSeconds) * 1000;
  return sandboxes.withFolder(async (folder) => {
    const copy = await copyWorkspace(workspace, folder);
    const limits = { wallMs: Math.max(0, commandEnds - performance.now()) };
    const work: CommandWork = { kind: 'command', argv, folder };
    const result = await sandboxes.run({ work, signal, limits, fairnessKey }).catch((error: unknown) => {
      throw failureOfSandbox(error);
    });
    try {
      const differences = await differencesOf(copy);
      touches?.(true);
      await bringBack(workspace, copy, differences);
      return answer(result, differences.leftOut);
    } catch (error) {
      throw error instanceof ToolFailure ? withResult(error, result) : error;
    }
  });
}

/** What a command said must not be lost because its files could not be kept. */
function withResult(failure: ToolFailure, { exitCode, stdout, stderr }: SandboxResult): ToolFailure {
  const { detail, retryable, violation = false, uncertain = false } = failure.toError();
  const printed = [stderr, stdout].map((text) => text.trim()).find((text) => text !== '');
  const end = printed === undefined ? '' : ` It printed: …${storable(printed.slice(-MAX_REPEATED))}`;
  const text = `${detail} The command’s exit code was ${exitCode}.${end}`;
  return new ToolFailure(failure.code, text, { retryable, violation, uncertain, cause: failure });
}

function answer({ exitCode, stdout, stderr }: SandboxResult, leftOut: readonly LeftOut[]): z.output<typeof output> {
  return {
    exit_code: exitCode,
    stdout: fitted(storable(stdout)),
    stderr: fitted(storable(stderr)),
    left_out: leftOut.slice(0, MAX_NAMED).map(({ path, reason }) => ({ path: storable(path), reason })),
  };
}

/**
 * Seconds for copying and the command, of those that the call has. The rest is for bringing back what it changed; and
 * a command that is stopped before the call is over is known to be slow, and not tried again in vain.
 */
function commandSeconds(callSeconds: number): number {
  return callSeconds - Math.min(MAX_RETURN_SECONDS, callSeconds / 4);
}
