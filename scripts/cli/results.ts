import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import type { Api } from './api.ts';
import type { Artifact, Goal, Task } from './wire.ts';

export interface SavedArtifact extends Artifact {
  /** Where it can be downloaded, with the key. */
  readonly url: string;
  /** Where it was saved on this machine. */
  readonly saved: string | undefined;
}

export interface Ended {
  readonly goal: Goal;
  readonly tasks: readonly Task[];
  readonly artifacts: readonly SavedArtifact[];
}

/** What came of a goal; its files are saved where a folder is named. */
export async function resultsOf(api: Api, goalId: string, folder: string | undefined): Promise<Ended> {
  const path = `/api/v1/goals/${goalId}`;
  const [goal, tasks, artifacts] = await Promise.all([
    api.get<Goal>(path),
    api.all<Task>(`${path}/tasks`),
    api.all<Artifact>(`${path}/artifacts`),
  ]);
  const saved: SavedArtifact[] = [];
  for (const artifact of newest(artifacts)) {
    const content = `${path}/artifacts/${artifact.id}/content`;
    const target = folder === undefined ? undefined : placeIn(folder, artifact.path);
    if (target !== undefined) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, await api.download(content));
    }
    saved.push({ ...artifact, url: `${api.url}${content}`, saved: target });
  }
  return { goal, tasks, artifacts: saved };
}

/** A file that was written twice was kept twice; the ids are in the order of time. */
function newest(artifacts: readonly Artifact[]): Artifact[] {
  const byPath = new Map<string, Artifact>();
  for (const artifact of artifacts.toSorted((a, b) => (a.id < b.id ? -1 : 1))) byPath.set(artifact.path, artifact);
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The server keeps paths inside a workspace; nobody has to rely on that to keep them inside the folder here. */
function placeIn(folder: string, path: string): string | undefined {
  const target = normalize(join(folder, path));
  return target.startsWith(normalize(folder + sep)) ? target : undefined;
}
