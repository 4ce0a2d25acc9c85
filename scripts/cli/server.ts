import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './api.ts';

/** A connection that cannot be made, in words for the person at the terminal. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
}

export interface Wanted {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
}

/** Where the address and the key come from: options, then VILLAGE_URL and VILLAGE_API_KEY, then the first run's file. */
function findConnection({ url, key }: Wanted): Connection {
  const first = firstRun();
  const chosenUrl = url ?? process.env['VILLAGE_URL'] ?? first?.url;
  const chosenKey = key ?? process.env['VILLAGE_API_KEY'] ?? first?.key;
  if (chosenUrl === undefined)
    throw new NoConnection(`There is no ${firstRunPath()} that says where the server is. ${HOW_TO_START}`);
  if (!/^https?:\/\//.test(chosenUrl) || !URL.canParse(chosenUrl)) {
    throw new NoConnection(`"${chosenUrl}" is no address of a server. Write it like http://localhost:3000.`);
  }
  if (chosenKey === undefined) {
    throw new NoConnection('There is no API key. Give one by --key or VILLAGE_API_KEY.');
  }
  return { url: chosenUrl.replace(/\/+$/, ''), key: chosenKey };
}

/**
 * The connection to a server that answers, where one does: `first-run.json` keeps the address of the first start, while the
 * settings may name another by now. Whoever names a server by `url` or VILLAGE_URL means that one and no other.
 */
export async function findRunning(wanted: Wanted): Promise<Connection> {
  const found = findConnection(wanted);
  if (wanted.url !== undefined || process.env['VILLAGE_URL'] !== undefined) return found;
  if (await isReady(found.url)) return found;
  for (const url of configuredUrls()) if (await isReady(url)) return { ...found, url };
  return found;
}

/** Where the settings PUBLIC_URL, HOST and PORT say that the server is. */
function configuredUrls(): string[] {
  const { PUBLIC_URL: named, HOST: host, PORT: port } = process.env;
  const listening = host || port ? [`http://${reachableHost(host || 'localhost')}:${port || '3000'}`] : [];
  return [...listening, ...(named ? [named.replace(/\/+$/, '')] : [])].filter((url) => URL.canParse(url));
}

function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

export const HOW_TO_START = 'Start the server by "npm start" in another terminal, or name one by --url and --key.';

/** Whether somebody answers there and is ready. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** What the first start has written into a data folder; undefined where it has not, or not yet completely. */
export function readFirstRun(folder: string): Connection | undefined {
  try {
    const { url, api_key: key } = JSON.parse(readFileSync(join(folder, 'first-run.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    return typeof url === 'string' && typeof key === 'string' ? { url, key } : undefined;
  } catch {
    return undefined;
  }
}

/** Settings stand in `.env`, too; what is set already wins. */
export function loadEnvironmentFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

const dataFolder = (): string => process.env['DATA_DIR'] ?? './.data';
const firstRunPath = (): string => join(dataFolder(), 'first-run.json');
const firstRun = (): Connection | undefined => readFirstRun(dataFolder());
