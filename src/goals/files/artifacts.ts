import type { FileChange, ToolCall, ToolOutcome } from '#libs/orchestration';
import { type FileStore, ToolFailure, Workspace, type WorkspaceChange, mediaTypeOf } from '#libs/tools';
import { newId } from '#libs/kernel';

/** Largest file that is kept as an artifact. */
const MAX_ARTIFACT_BYTES = 100 * 1024 * 1024;

/** Key of an artifact's content: by its hash, so that equal contents are stored once in a tenant. */
export function artifactKey(tenantId: string, sha256: string): string {
  return `tenants/${tenantId}/artifacts/${sha256}`;
}

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
      return { ok: false, error: { code, detail }, retryable, violation: false };
    }
    return { ...outcome, files };
  }

  private async store(tenantId: string, workspace: Workspace, path: string): Promise<FileChange> {
    return workspace.read(path, async (file) => {
      // The hash is known only at the end, so the content first lies under a name of its own.
      const incoming = `tenants/${tenantId}/incoming/${newId()}`;
      const { size, sha256 } = await this.files.put(incoming, file.chunks, { maxBytes: MAX_ARTIFACT_BYTES });
      await this.files.rename(incoming, artifactKey(tenantId, sha256));
      return { path, removed: false, size, sha256, mediaType: mediaTypeOf(path) };
    });
  }
}
