import { dirname } from 'node:path';
import { excerpt } from '#libs/kernel';
import { ToolFailure } from '../tool-failure.js';
import type { Found, Workspace } from '../workspace/workspace.js';
import type { WorkspaceCopy } from './copy-in.js';
import type { Differences } from './copy-out.js';

/** Entries of one folder that are looked at; more than a command can have been given. */
const MAX_LISTED = 100_000;
const MAX_NAMED = 5;

/** A place that the command changed and that is not what the command was given. */
interface Conflict {
  readonly path: string;
  /** Whether it is something that no copy holds: the command would find it in its way again. */
  readonly isHidden: boolean;
}

/**
 * Looks at every place that the changes of a command concern, before the first of them is made: what lies there must
 * be what the command was given, so that nothing is lost that somebody else made meanwhile. Throws `changed_meanwhile`
 * with the names of what is not; nothing was changed then.
 */
export async function checkUnchanged(
  workspace: Workspace,
  copy: WorkspaceCopy,
  differences: Differences,
): Promise<void> {
  const conflicts = await new Places(workspace, copy, differences).conflicts();
  if (conflicts.length === 0) return;
  const named = conflicts.slice(0, MAX_NAMED).map(({ path }) => `\`${excerpt(path)}\``);
  const others = conflicts.length > MAX_NAMED ? ` and ${conflicts.length - MAX_NAMED} others` : '';
  const isHidden = conflicts.some((conflict) => conflict.isHidden);
  const cause = isHidden
    ? 'are links, or other things that commands do not see. Let it write elsewhere, or delete them.'
    : 'were changed by others while it ran. Let tasks that change the same files depend on each other.';
  throw new ToolFailure(
    'changed_meanwhile',
    `The command ended, but nothing of what it did was brought back: ${named.join(', ')}${others} ${cause}`,
    { retryable: !isHidden },
  );
}

class Places {
  private readonly removed: ReadonlySet<string>;
  private readonly removedDirectories: ReadonlySet<string>;
  private readonly found: Conflict[] = [];

  constructor(
    private readonly workspace: Workspace,
    private readonly copy: WorkspaceCopy,
    private readonly differences: Differences,
  ) {
    this.removed = new Set(differences.removed);
    this.removedDirectories = new Set(differences.removedDirectories);
  }

  async conflicts(): Promise<readonly Conflict[]> {
    const { removed, madeDirectories, written } = this.differences;
    for (const path of removed) await this.expect(path, ({ kind }) => kind === 'none');
    for (const path of madeDirectories) {
      if (!this.isFreed(path)) await this.expect(path, ({ kind }) => kind === 'none' || kind === 'directory');
    }
    for (const { path } of written) {
      if (this.removedDirectories.has(path)) await this.expectEmptied(path);
      else if (!this.isFreed(path))
        await this.expect(path, ({ kind }) => kind === 'none' && !this.copy.files.has(path));
    }
    return this.found;
  }

  /** Whether the command removed a file here or above, which is looked at by itself. */
  private isFreed(path: string): boolean {
    for (let at = path; at !== '.'; at = dirname(at)) if (this.removed.has(at)) return true;
    return false;
  }

  /** What the command was given is fine as well. */
  private async expect(path: string, isFine: (found: Found) => boolean): Promise<void> {
    const found = await this.workspace.look(path);
    if (isFine(found) || this.isAsGiven(path, found)) return;
    const isHidden = found.kind === 'other' && !this.copy.files.has(path);
    this.found.push({ path, isHidden });
  }

  private isAsGiven(path: string, found: Found): boolean {
    return found.kind === 'file' && this.copy.files.get(path)?.sha256 === found.sha256;
  }

  /** Where a file replaces a folder, there must be nothing in the folder but what the command removed. */
  private async expectEmptied(path: string): Promise<void> {
    const { kind } = await this.workspace.look(path);
    if (kind === 'none') return;
    if (kind !== 'directory') this.found.push({ path, isHidden: false });
    else await this.expectKnown(path);
  }

  private async expectKnown(folder: string): Promise<void> {
    for (const entry of (await this.workspace.list(folder, MAX_LISTED)).entries) {
      const path = `${folder}/${entry.name}`;
      const isKnown = entry.kind === 'directory' ? this.removedDirectories.has(path) : this.removed.has(path);
      if (!isKnown) this.found.push({ path, isHidden: entry.kind === 'link' || entry.kind === 'other' });
      else if (entry.kind === 'directory') await this.expectKnown(path);
    }
  }
}
