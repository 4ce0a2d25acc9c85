import type { Rule, Rules } from './inspector.js';
import { couldBe } from './pattern.js';
import { ADDRESS_RULES, gitRemotes } from './programs/addresses.js';
import { DATABASE_RULES } from './programs/databases.js';
import { DELETE_RULES } from './programs/delete.js';
import { DISK_RULES, FORMATTER, formatter } from './programs/disks.js';
import { isPattern } from './text.js';
import { ENVIRONMENT_RULES } from './wrappers/environment.js';
import { FIND_RULES } from './wrappers/find.js';
import { LOADER, PREFIX_RULES, start } from './wrappers/prefixes.js';
import { REPEATED_RULES } from './wrappers/repeated.js';
import { SHELL_RULES } from './wrappers/shells.js';

/** What is looked at in each program. All others may do as they like, within the sandbox. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...DELETE_RULES,
    ...DISK_RULES,
    ...DATABASE_RULES,
    ...ADDRESS_RULES,
    ...PREFIX_RULES,
    ...ENVIRONMENT_RULES,
    ...SHELL_RULES,
    ...REPEATED_RULES,
    ...FIND_RULES,
    git: (call, inspector) => DELETE_RULES['git']?.(call, inspector) ?? gitRemotes(call, inspector),
  } satisfies Rules),
);

/** The rules for a program; a pattern such as `r?` may be expanded to several of them. */
export function rulesFor(name: string): Rule[] {
  if (isPattern(name)) return [...RULES].filter(([known]) => couldBe(name, known)).map(([, rule]) => rule);
  const rule = RULES.get(name);
  if (rule) return [rule];
  if (FORMATTER.test(name)) return [formatter];
  return /^ld-(?:linux|musl)/.test(name) ? [(call, inspector) => start(LOADER, call, inspector)] : [];
}
