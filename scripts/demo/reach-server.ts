import type { Connection } from '../cli/api.ts';
import type { Keyboard } from '../cli/keyboard.ts';
import type { Screen } from '../cli/screen.ts';
import { HOW_TO_START, NoConnection, findRunning, isReady } from '../cli/server.ts';
import type { DemoOptions } from './options.ts';
import { startOwnServer } from './own-server.ts';

export interface Reached extends Connection {
  /** Whether it was started for the demo and goes with it. */
  readonly isOwn: boolean;
  release(): Promise<void>;
}

interface Asking {
  readonly options: DemoOptions;
  readonly screen: Screen;
  readonly keyboard: Keyboard;
  readonly signal: AbortSignal;
}

/** The server that runs; where none does, a temporary one, if nobody objects. Throws NoConnection. */
export async function reachServer({ options, screen, keyboard, signal }: Asking): Promise<Reached> {
  const running = options.start ? undefined : await runningServer(options);
  if (running) return { ...running, isOwn: false, release: () => Promise.resolve() };
  if (!options.start && keyboard.isPerson && !options.yes) {
    const said = await keyboard.ask('No server is running here. Start a temporary one for this demo? [Y/n] ', signal);
    if (said === undefined || /^n/i.test(said.trim())) throw new NoConnection(HOW_TO_START);
  }
  screen.print('Starting a temporary server. It is removed at the end, with all that it has stored.');
  const server = await startOwnServer(signal);
  return {
    url: server.url,
    key: server.key,
    isOwn: true,
    release: () => server.stop(),
  };
}

async function runningServer({ url, key }: DemoOptions): Promise<Connection | undefined> {
  const isNamed = url !== undefined || process.env['VILLAGE_URL'] !== undefined;
  let found: Connection;
  try {
    found = await findRunning({ url, key });
  } catch (error) {
    if (isNamed || !(error instanceof NoConnection)) throw error;
    return undefined;
  }
  if (await isReady(found.url)) return found;
  // Whoever names a server means that one and no other.
  if (isNamed) throw new NoConnection(`Nobody answers at ${found.url}. ${HOW_TO_START}`);
  return undefined;
}
