import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { prepareDataFolder } from './process/data-folder.js';
import { PidFile } from './process/pid-file.js';
import { SettingError, StartError } from './process/start-error.js';
import { type StopRequest, watchForStop } from './process/stop-request.js';
import { migrateOnly, startProgram } from './program.js';
import { EXIT_CONFIG, type Settings, SettingsError, loadSettings } from '#libs/config';
import { type Logger, createLogger } from '#libs/context';
import { PRODUCT } from '#libs/http';
import { DatabaseSettingError, DatabaseStartError, MigrationNeedsAdministrator } from '#libs/persistence';

/** What the operating system is promised after a signal; beyond it, the process ends as if it had been killed. */
const STOP_LIMIT_MS = 29_000;

/** Runs the program from its settings to its end, and gives the exit code. */
async function run(settings: Settings, logger: Logger, stop: StopRequest): Promise<number> {
  const pidFile = await lockFolder(settings, stop);
  try {
    if (settings.role === 'migrate') await migrateOnly(settings, logger, stop.signal);
    else await serve(settings, logger, stop);
    return stop.exitCode;
  } finally {
    pidFile?.release();
  }
}

async function serve(settings: Settings, logger: Logger, stop: StopRequest): Promise<void> {
  const program = await startProgram(settings, { logger, signal: stop.signal });
  process.stdout.write(readyText(program.url, settings));
  await stop.requested;
  await program.close();
}

async function lockFolder(settings: Settings, stop: StopRequest): Promise<PidFile | undefined> {
  const pidFile = await (settings.databaseUrl === undefined ? lockForOne(settings, stop) : nameForMany(settings));
  // Also when the process has to end without having closed everything.
  if (pidFile) process.once('exit', () => pidFile.release());
  return pidFile;
}

// The embedded database allows one program only.
function lockForOne({ dataDir }: Settings, { signal }: StopRequest): Promise<PidFile> {
  const onWait = (pid: number): unknown => process.stderr.write(`Waiting for process ${pid} on ${dataDir} to end …\n`);
  return PidFile.acquire(dataDir, { signal, onWait });
}

// On a database of its own several share the folder, for its files; the first that serves the API stands in server.pid.
async function nameForMany({ role, dataDir }: Settings): Promise<PidFile | undefined> {
  if (role === 'all' || role === 'api') return PidFile.acquireIfFree(dataDir);
  await prepareDataFolder(dataDir);
  return undefined;
}

function readyText(url: string, { dataDir, role }: Settings): string {
  if (role === 'worker')
    return `\n  ${PRODUCT.name} ${PRODUCT.version}: the worker is ready; health at ${url}/health\n\n`;
  const firstRun = resolve(join(dataDir, 'first-run.json'));
  return [
    '',
    `  ${PRODUCT.name} ${PRODUCT.version} is ready`,
    '',
    `    address        ${url}`,
    `    API reference  ${url}/docs`,
    ...(existsSync(firstRun) ? [`    credentials    ${firstRun}`] : []),
    '',
    '',
  ].join('\n');
}

const FOR_SETTINGS = [MigrationNeedsAdministrator, DatabaseSettingError, SettingError];

/** What the person who started the program is told, and the exit code. Undefined for what only the log can explain. */
function explain(error: unknown): { text: string; code: number } | undefined {
  if (!(error instanceof DatabaseStartError || error instanceof StartError)) return undefined;
  const isOfSettings = FOR_SETTINGS.some((kind) => error instanceof kind);
  return { text: error.message, code: isOfSettings ? EXIT_CONFIG : 1 };
}

function readSettings(): Settings | undefined {
  try {
    return loadSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const settings = readSettings();
  if (!settings) return EXIT_CONFIG;
  const logger = createLogger(settings.logLevel);
  const stop = watchForStop(logger, STOP_LIMIT_MS);
  try {
    return await run(settings, logger, stop);
  } catch (error) {
    // Told to stop while it started: whatever that broke off was meant to end.
    if (stop.signal.aborted && error instanceof Error && error.name === 'AbortError') return stop.exitCode;
    const explained = explain(error);
    if (explained) process.stderr.write(`${explained.text}\n`);
    else logger.fatal({ err: error }, 'the program could not start');
    return explained?.code ?? 1;
  }
}

process.exit(await main());
