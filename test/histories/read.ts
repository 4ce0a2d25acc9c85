import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { History } from './history.js';

/** Every recorded history, the oldest machine first. */
export function histories(): { readonly title: string; readonly history: History }[] {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name: folder }) => {
    const path = join(import.meta.dirname, folder);
    return readdirSync(path).map((file) => ({
      title: `${folder}/${basename(file, '.json')}`,
      history: JSON.parse(readFileSync(join(path, file), 'utf8')) as History,
    }));
  });
}
