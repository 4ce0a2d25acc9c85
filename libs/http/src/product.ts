import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { z } from 'zod';

const schema = z.object({ version: z.string(), description: z.string() });

function read(): z.output<typeof schema> {
  const path = findPackageJSON(import.meta.url);
  if (!path) throw new Error('package.json is missing: the installation is not complete');
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** What this program is called and which version of it runs. */
export const PRODUCT = { name: 'Agent Village', ...read() } as const;
