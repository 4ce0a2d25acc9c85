import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { reaches } from './database.ts';
import { type Finding, messageOf } from './finding.ts';
import { setting } from './settings.ts';

/** A program that the product can use where it is installed. */
interface Part {
  readonly name: string;
  /** Names of the program, the preferred one first. */
  readonly programs: readonly string[];
  readonly use: string;
  readonly install: string;
}

const LATER = 'no part of this version needs it';

function find(programs: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find((path) => existsSync(path));
}

/** Whether a program is installed and tells its version. */
export async function checkPart({ name, programs, use, install }: Part): Promise<Finding> {
  const path = find(programs);
  if (path === undefined) return { name, state: 'absent', detail: `not found; ${use}`, remedy: install };
  try {
    const { stdout, stderr } = await promisify(execFile)(path, ['--version'], { timeout: 20_000 });
    return { name, state: 'present', detail: `${(stdout || stderr).trim().split('\n')[0]} (${path})` };
  } catch (error) {
    return { name, state: 'absent', detail: `${path} does not run: ${messageOf(error)}`, remedy: install };
  }
}

export function checkBrowser(): Promise<Finding> {
  const install = 'apt-get install chromium (tests of the console will use it)';
  return checkPart({
    name: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    use: LATER,
    install,
  });
}

export async function checkRedis(): Promise<Finding> {
  const url = setting('REDIS_URL', '');
  if (url === '') {
    const install = 'apt-get install redis-server (only installations on several machines will use it)';
    return checkPart({ name: 'Redis', programs: ['redis-server'], use: LATER, install });
  }
  const name = 'Redis';
  const remedy = 'Correct REDIS_URL, or unset it: one machine needs no Redis.';
  if (!URL.canParse(url)) return { name, state: 'absent', detail: 'REDIS_URL is no URL', remedy };
  const { hostname, port } = new URL(url);
  if (await reaches(hostname, Number(port || 6379))) return { name, state: 'present', detail: 'REDIS_URL answers' };
  return { name, state: 'absent', detail: 'REDIS_URL does not answer', remedy };
}

export function checkModels(): Finding {
  const detail = 'none, and this version knows none: goals have a plan, a playbook or steps (docs/guides/goals.md)';
  return { name: 'Model provider', state: 'absent', detail };
}
