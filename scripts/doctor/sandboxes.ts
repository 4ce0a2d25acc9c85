import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderHealth, SandboxHealth, SandboxWork, Sandboxes, WorkKind } from '#libs/sandbox';
import { type Finding, messageOf } from './finding.ts';
import { checkPart } from './optional-parts.ts';
import { setting } from './settings.ts';

/** Loading Python takes two seconds, and more on a busy machine. */
const PATIENCE_MS = 60_000;

type Library = typeof import('#libs/sandbox');

/** What the sandboxes really do here: each is given something to run. */
export async function checkSandboxes(): Promise<Finding[]> {
  const library = await load();
  if (library === undefined) return findPrograms();
  try {
    const scratchDir = await mkdtemp(join(tmpdir(), 'village-doctor-'));
    try {
      return await tryOut(library, scratchDir);
    } finally {
      await rm(scratchDir, { recursive: true, force: true });
    }
  } catch (error) {
    const detail = `the sandboxes cannot be tried out: ${messageOf(error)}`;
    return [{ name: 'Sandboxes', state: 'absent', detail, remedy: `Let this user write to ${tmpdir()}.` }];
  }
}

/** The library from its sources; undefined before `npm ci` has brought the packages that it stands on. */
async function load(): Promise<Library | undefined> {
  try {
    return await import('#libs/sandbox');
  } catch {
    return undefined;
  }
}

async function findPrograms(): Promise<Finding[]> {
  const use = 'run_command needs it';
  const install = 'apt-get install bubblewrap';
  const bubblewrap = await checkPart({ name: 'bubblewrap', programs: ['bwrap'], use, install });
  const detail = 'not tried out yet; no python3 is needed, the interpreters come with "npm ci"';
  const remedy = 'Run "npm ci", then "npm run doctor" again.';
  return [bubblewrap, { name: 'Python, JavaScript', state: 'absent', detail, remedy }];
}

async function tryOut({ createSandboxes }: Library, scratchDir: string): Promise<Finding[]> {
  const sandboxes = createSandboxes({ scratchDir, unjailed: false });
  try {
    const health = await sandboxes.health();
    const python = await prove(sandboxes, health, 'python');
    const javascript = await prove(sandboxes, health, 'javascript');
    const command = await prove(sandboxes, health, 'command');
    const isUnjailed = !command.ok && setting('SANDBOX_WITHOUT_JAIL', '0') === '1';
    const unjailed = isUnjailed ? await createSandboxes({ scratchDir, unjailed: true }).health() : [];
    return describeSandboxes({ command, python, javascript }, healthOf(unjailed, 'command'));
  } finally {
    await sandboxes.close();
  }
}

function healthOf(all: readonly SandboxHealth[], kind: WorkKind): ProviderHealth | undefined {
  return all.find((one) => one.kind === kind);
}

/** The health of the kind; not ok either where work of it fails in spite of it. */
async function prove(sandboxes: Sandboxes, all: readonly SandboxHealth[], kind: WorkKind): Promise<ProviderHealth> {
  const health = healthOf(all, kind) ?? { ok: false, detail: 'No sandbox does that.', remedy: null };
  if (!health.ok) return health;
  try {
    await sandboxes.withFolder((folder) =>
      sandboxes.run({ work: workOf(kind, folder), signal: AbortSignal.timeout(PATIENCE_MS) }),
    );
    return health;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
    return { ok: false, detail: `${health.detail} But a run failed: ${messageOf(error)}${cause}`, remedy: null };
  }
}

function workOf(kind: WorkKind, folder: string): SandboxWork {
  if (kind === 'command') return { kind, argv: ['true'], folder };
  return { kind, code: '1 + 1', input: null, files: {} };
}

/**
 * A line for each kind of work. `unjailed` is how commands run under SANDBOX_WITHOUT_JAIL, where that is set and the jail
 * that is made for them does not work.
 */
export function describeSandboxes(
  { command, python, javascript }: Readonly<Record<WorkKind, ProviderHealth>>,
  unjailed?: ProviderHealth,
): Finding[] {
  const jail = findingOf('bubblewrap', 'run_command', command);
  const otherwise = unjailed?.ok ? ` SANDBOX_WITHOUT_JAIL is set, so it runs all the same: ${unjailed.detail}` : '';
  return [
    { ...jail, detail: jail.detail + otherwise },
    findingOf('Python', 'execute_python', sparing(python, command.remedy)),
    findingOf('JavaScript', 'execute_javascript', javascript),
  ];
}

/** Refers to a remedy that was told just before, instead of telling it again. */
function sparing(health: ProviderHealth, told: string | null): ProviderHealth {
  if (told === null || !health.remedy?.includes(told)) return health;
  return { ...health, remedy: 'As for bubblewrap: Python can use the same jail.' };
}

function findingOf(name: string, tool: string, { ok, detail, remedy }: ProviderHealth): Finding {
  if (ok) return { name, state: 'present', detail: `${tool} works: ${detail}` };
  const sentence = `${tool} does not work: ${detail.replace(/(?<![.…])$/, '.')}`;
  return { name, state: 'absent', detail: sentence, ...(remedy !== null && { remedy }) };
}
