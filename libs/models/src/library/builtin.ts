import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parsePlaybook } from '../playbook/parse-playbook.js';
import type { Playbook } from '../playbook/playbook.js';

/** Beside the code, in the sources as in a build (which copies what it does not compile). */
const FOLDER = join(import.meta.dirname, '../playbooks');

/** The playbooks of every installation, by name. One that is not valid stops the start: it is a defect of ours. */
export const BUILTIN_PLAYBOOKS: readonly Playbook[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .toSorted()
  .map((file) => parsePlaybook(readFileSync(join(FOLDER, file), 'utf8')));
