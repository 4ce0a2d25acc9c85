import type { Api } from './api.ts';
import type { GoalDraft, InputFile } from './goal-file.ts';
import type { Goal, JsonObject, Rehearsal } from './wire.ts';

/** Files up to this size travel inside the goal, as long as all of them together stay well below its 8 MiB. */
const SMALL_BYTES = 64 * 1024;
const INLINE_BYTES = 3 * 1024 * 1024;

/** Uploads what is large, and submits the goal. */
export async function submitGoal(api: Api, draft: GoalDraft): Promise<Goal> {
  return api.post<Goal>('/api/v1/goals', await bodyOf(api, draft));
}

/** What would happen. */
export async function rehearseGoal(api: Api, draft: GoalDraft): Promise<Rehearsal> {
  return api.post<Rehearsal>('/api/v1/goals?dry_run=true', await bodyOf(api, draft));
}

async function bodyOf(api: Api, { body, files }: GoalDraft): Promise<JsonObject> {
  let inline = 0;
  const sent: JsonObject[] = [];
  for (const { path, content } of files) {
    const fits = content.length <= SMALL_BYTES && inline + content.length <= INLINE_BYTES;
    if (fits) inline += content.length;
    sent.push(
      fits
        ? { path, content_base64: content.toString('base64') }
        : { path, file: await upload(api, { path, content }) },
    );
  }
  return sent.length === 0 ? body : { ...body, files: sent };
}

function upload(api: Api, { path, content }: InputFile): Promise<string> {
  return api.upload(path.slice(path.lastIndexOf('/') + 1), content);
}
