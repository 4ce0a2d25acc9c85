import type { ArtifactChange } from '#libs/orchestration';

interface ArtifactRow {
  readonly n: number;
  readonly path: string;
  /** Number of the journal row that tells of it. */
  readonly seq: number;
  /** Whether it is the first word of its change on this path: it replaces what was current until then. */
  readonly first?: true;
  /** Number of the journal row that tells of what replaced it within the same change. */
  readonly until?: number;
  readonly removed?: true;
  readonly id?: string;
  readonly task_id: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly media_type?: string;
}

/** What a change says of files, as the statement reads it. A path that it writes several times has a row for each. */
export function artifactRows(n: number, changes: readonly ArtifactChange[], firstSeq: number): ArtifactRow[] {
  const byPath = Map.groupBy(changes, ({ file }) => file.path);
  return [...byPath.values()].flatMap((versions) => {
    // Of one call only the last word on a path counts.
    const told = versions.filter(({ row }, index) => versions[index + 1]?.row !== row);
    return told.map((version, index): ArtifactRow => {
      const next = told[index + 1];
      return {
        ...contentRow(version),
        n,
        seq: firstSeq + version.row,
        ...(index === 0 && { first: true }),
        ...(next && { until: firstSeq + next.row }),
      };
    });
  });
}

function contentRow({ id, taskId, file }: ArtifactChange): Omit<ArtifactRow, 'n' | 'seq'> {
  const { path } = file;
  if (file.removed) return { path, task_id: taskId, removed: true };
  return { path, task_id: taskId, id, size: file.size, sha256: file.sha256, media_type: file.mediaType };
}
