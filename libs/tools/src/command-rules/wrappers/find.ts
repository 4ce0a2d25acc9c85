import type { Call, Inspector, Rule, Rules } from '../inspector.js';
import { deletionOf } from '../programs/deletion.js';
import { startsOf } from '../shell/output.js';
import { BELOW, UNKNOWN } from '../text.js';

const EXECUTING = new Set(['-exec', '-execdir', '-ok', '-okdir']);

/** `find`: deletes what it finds, or starts a command with it. */
const find: Rule = ({ args, at }, inspector) => {
  const starts = args.includes('-files0-from') ? [UNKNOWN] : startsOf(args);
  for (const [index, argument] of args.entries()) {
    if (EXECUTING.has(argument)) execute(args.slice(index + 1), starts, at, inspector);
  }
  if (!args.includes('-delete')) return undefined;
  return deletionOf('find -delete', starts, at, { isSweeping: true });
};

function execute(args: readonly string[], starts: readonly string[], at: Call['at'], inspector: Inspector): void {
  const end = args.findIndex((argument, index) => argument === ';' || (argument === '+' && args[index - 1] === '{}'));
  const command = args.slice(0, end === -1 ? undefined : end);
  for (const start of starts) {
    inspector.spend(start.length * command.length);
    inspector.command(
      command.map((word) => word.replaceAll('{}', `${start}/${BELOW}`)),
      { ...at, stdin: '' },
    );
  }
}

export const FIND_RULES: Rules = { find, gfind: find };
