import type { Call, Inspector, Rule, Rules } from '../inspector.js';
import { deletionOf } from '../programs/deletion.js';
import { startsOf } from '../shell/output.js';
import { BELOW, UNKNOWN, replaced } from '../text.js';

const EXECUTING = new Set(['-exec', '-execdir', '-ok', '-okdir']);

/** `find`: deletes what it finds, or starts a command with it. */
const find: Rule = ({ args, at }, inspector) => {
  const starts = args.includes('-files0-from') ? [UNKNOWN] : startsOf(args);
  for (const [index, argument] of args.entries()) {
    if (!EXECUTING.has(argument)) continue;
    inspector.spend(args.length);
    execute(args.slice(index + 1), starts, at, inspector);
  }
  if (!args.includes('-delete')) return undefined;
  return deletionOf('find -delete', starts, at, { isRecursive: true });
};

function execute(args: readonly string[], starts: readonly string[], at: Call['at'], inspector: Inspector): void {
  const end = args.findIndex((argument, index) => argument === ';' || (argument === '+' && args[index - 1] === '{}'));
  const command = args.slice(0, end === -1 ? undefined : end);
  for (const start of starts) {
    inspector.spend(command.length + 1);
    const found = `${start}/${BELOW}`;
    inspector.command(
      command.map((word) => replaced(word, '{}', found, (characters) => inspector.spend(characters))),
      { ...at, stdin: '' },
    );
  }
}

export const FIND_RULES: Rules = { find, gfind: find };
