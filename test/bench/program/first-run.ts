import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the program writes at its first start, as far as it is needed here. */
export interface FirstRun {
  readonly tenant_id: string;
  readonly api_key: string;
}

export async function readFirstRun(dataDir: string): Promise<FirstRun> {
  return JSON.parse(await readFile(join(dataDir, 'first-run.json'), 'utf8')) as FirstRun;
}
