import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid } from '#libs/kernel';
import { Workspace } from '#libs/tools';

/** Where goals have their files: a folder for each, below one for each tenant. */
export class Workspaces {
  constructor(private readonly root: string) {}

  /** Absolute path of a goal's workspace; it may not exist yet. */
  pathOf(tenantId: string, goalId: string): string {
    if (!isUuid(tenantId) || !isUuid(goalId)) throw new RangeError('a workspace is named by two UUIDs');
    return join(this.root, tenantId, goalId);
  }

  open(tenantId: string, goalId: string): Workspace {
    return new Workspace(this.pathOf(tenantId, goalId));
  }

  /**
   * Gives a new goal the files of the one that it retries, one by one through both workspaces: a link is left out, as
   * is everything else that is not a plain file of the goal's own.
   */
  async copy(tenantId: string, fromGoal: string, toGoal: string): Promise<void> {
    const from = this.open(tenantId, fromGoal);
    const to = this.open(tenantId, toGoal);
    await from.walk('.', async ({ names }) => {
      const path = names.join('/');
      await from.read(path, (file) => to.write(path, file.chunks));
      return true;
    });
  }

  async remove(tenantId: string, goalId: string): Promise<void> {
    await rm(this.pathOf(tenantId, goalId), { recursive: true, force: true });
  }
}
