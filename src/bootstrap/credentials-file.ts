import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const NAME = 'first-run.json';
const PENDING = 'first-run.json.pending';

const credentialsSchema = z.strictObject({
  url: z.string(),
  tenant_id: z.string(),
  tenant_slug: z.string(),
  admin_email: z.string(),
  admin_password: z.string(),
  system_admin_email: z.string(),
  system_admin_password: z.string(),
  api_key: z.string(),
  system_api_key: z.string(),
});

/** What the first start makes known, once. The names are part of the contract with users' scripts. */
export type Credentials = z.output<typeof credentialsSchema>;

/**
 * The file `first-run.json`. It must hold the credentials if and only if the rows behind them were committed, and a
 * crash can come at any point; so it is written in two steps. `stage` writes and syncs it under another name before
 * the commit; `publish` gives it its name after the commit. A staged file that a start finds was left by a crash in
 * between: the database tells whether to publish it or throw it away.
 */
export class CredentialsFile {
  readonly path: string;
  private readonly pending: string;

  constructor(private readonly folder: string) {
    this.path = join(folder, NAME);
    this.pending = join(folder, PENDING);
  }

  /** What a start before this one has staged and not published. A file that was cut off counts as none. */
  async findStaged(): Promise<Credentials | undefined> {
    const text = await readFile(this.pending, 'utf8').catch(ignoreMissing);
    if (text === undefined) return undefined;
    return credentialsSchema.safeParse(parse(text)).data;
  }

  async discardStaged(): Promise<void> {
    await rm(this.pending, { force: true });
  }

  async stage(credentials: Credentials): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await this.discardStaged();
    // `wx` makes a new file with mode 600: an existing one could be somebody's open handle or link.
    await using file = await open(this.pending, 'wx', 0o600);
    await file.writeFile(`${JSON.stringify(credentials, undefined, 2)}\n`);
    await file.sync();
    await syncFolder(this.folder);
  }

  /**
   * Gives the staged file its name. A file that is there already belongs to another database (this one was empty);
   * it is kept beside, not overwritten.
   */
  async publish(): Promise<void> {
    await this.keepExisting();
    await rename(this.pending, this.path);
    await syncFolder(this.folder);
  }

  private async keepExisting(): Promise<void> {
    for (let number = 1; ; number++) {
      const kept = join(this.folder, `first-run.earlier-${number}.json`);
      const outcome = await link(this.path, kept).catch(codeOf);
      if (outcome !== 'EEXIST') {
        if (outcome !== undefined && outcome !== 'ENOENT') throw new Error(`${this.path} cannot be kept: ${outcome}`);
        return;
      }
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
