import type { FileChange, ToolCall, ToolOutcome } from '#libs/orchestration';
import { type FileStore, ToolFailure, Workspace, type WorkspaceChange, mediaTypeOf } from '#libs/tools';
import { keepContent } from './contents.js';

/** Largest file that is kept as an artifact. */
const MAX_ARTIFACT_BYTES = 100 * 1024 * 1024;

type Success = ToolOutcome & { readonly ok: true };

/** Keeps the files that tasks leave in a workspace, as they were when the task ended. */
export class Artifacts {
  constructor(private readonly files: FileStore) {}

  /** The outcome with the files that were kept; a failure when one cannot be. */
  async keep(
    call: ToolCall,
    workspaceRoot: string,
    outcome: Success,
    changes: readonly WorkspaceChange[],
  ): Promise<ToolOutcome> {
    const workspace = new Workspace(workspaceRoot, { signal: call.signal });
    const files: FileChange[] = [];
    try {
      for (const { path, change } of changes) {
        files.push(change === 'removed' ? { path, removed: true } : await this.store(call.tenantId, workspace, path));
      }
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
      const { code, detail, retryable } = error.toError();
      // The call itself was made: to make it again for the sake of its files may do it twice.
      return { ok: false, error: { code, detail }, retryable, violation: false, uncertain: true, made: true };
    }
    return { ...outcome, files };
  }

  private async store(tenantId: string, workspace: Workspace, path: string): Promise<FileChange> {
    return workspace.read(path, async (file) => {
      const { size, sha256 } = await keepContent(this.files, tenantId, file.chunks, { maxBytes: MAX_ARTIFACT_BYTES });
      return { path, removed: false, size, sha256, mediaType: mediaTypeOf(path) };
    });
  }
}
