import type { InputIssue } from '#libs/kernel';
import type { Playbook } from './playbook.js';
import { readYaml } from './yaml-source.js';

/** What others have found wrong with a playbook that was parsed, with the line at the end of each message. */
export function withLines({ source }: Playbook, issues: readonly InputIssue[]): readonly InputIssue[] {
  if (issues.length === 0) return issues;
  const read = readYaml(source);
  if (!read.ok) return issues;
  return issues.map(({ path, message }) => ({ path, message: `${message}${read.where(path)}` }));
}
