import { SETTINGS, type Setting, type SettingName, type Settings } from './schema.js';

/** Exit code of a start that a wrong setting stops (EX_CONFIG of sysexits.h). */
export const EXIT_CONFIG = 78;

/** Wrong settings: one line for each, naming the variable and what it should be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads the settings from an environment. An empty variable counts as absent, as shells and compose files write it.
 * Throws a SettingsError that names every wrong variable, not just the first.
 */
export function loadSettings(environment: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const values: Partial<Record<SettingName, unknown>> = {};
  const problems: string[] = [];
  for (const [name, definition] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const text = environment[definition.variable]?.trim() || undefined;
    const result = definition.schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else problems.push(describe(definition, text));
  }
  if (problems.length === 0) problems.push(...contradictions(values as Settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings;
}

/** What is wrong between settings of which each is right. */
function contradictions(settings: Settings): string[] {
  return [...rolesOfOneName(settings), ...partOnEmbedded(settings)];
}

function rolesOfOneName({ appRole, systemRole }: Settings): string[] {
  if (appRole !== systemRole) return [];
  const [app, system] = [SETTINGS.appRole.variable, SETTINGS.systemRole.variable];
  return [`${app} and ${system}: both are "${appRole}"; each must be a role of its own.`];
}

// The embedded database is one process's own: a worker there never hears of a goal, and nobody carries those of an api.
function partOnEmbedded({ role, databaseUrl }: Settings): string[] {
  if (databaseUrl !== undefined || (role !== 'api' && role !== 'worker')) return [];
  const [url, part] = [SETTINGS.databaseUrl.variable, SETTINGS.role.variable];
  const why = 'the embedded database serves one process alone';
  return [`${url}: ${part}=${role} needs a PostgreSQL of your own, since ${why}. Set it, or start with ${part}=all.`];
}

function describe(definition: Setting, text: string | undefined): string {
  const given = definition.secret ? 'the given value is not' : `"${text}" is not`;
  return `${definition.variable}: ${given} ${definition.expected}.`;
}
