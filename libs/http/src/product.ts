import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const schema = z.object({ name: z.literal('agent-village'), version: z.string() });

// The build has a small package.json of its own, so the nearest one need not be ours.
function readVersion(folder: string): string {
  const path = join(folder, 'package.json');
  const manifest = existsSync(path) ? schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data : undefined;
  if (manifest) return manifest.version;
  if (dirname(folder) === folder) throw new Error('package.json is missing: the installation is not complete');
  return readVersion(dirname(folder));
}

/** What this program is called and which version of it runs. */
export const PRODUCT = { name: 'Agent Village', version: readVersion(import.meta.dirname) } as const;
