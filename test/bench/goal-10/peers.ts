import type { Arena } from '../arena.js';
import { openBullmq } from './bullmq.js';
import type { Contender } from './contender.js';
import { openDbos } from './dbos.js';
import { HOW_TO_INSTALL, isInstalled } from './peer.js';

interface Peers extends AsyncDisposable {
  readonly contenders: readonly Contender[];
}

/** Others who do such work, as far as they are installed; a line on standard error says what the rest needs. */
export async function openPeers(arena: Arena, wanted: boolean): Promise<Peers> {
  await using stack = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  const take = (contender: Contender): void => void contenders.push(stack.use(contender));
  if (wanted) {
    if (isInstalled('@dbos-inc/dbos-sdk')) take(await openDbos(await arena.place('dbos')));
    else leaveOut('dbos', `install it with ${HOW_TO_INSTALL}`);
    const bullmq = isInstalled('bullmq') ? await openBullmq(await arena.folder('redis')) : undefined;
    if (bullmq) take(bullmq);
    else if (isInstalled('bullmq')) leaveOut('bullmq', 'it needs redis-server (Debian: apt-get install redis-server)');
    else leaveOut('bullmq', `install it with ${HOW_TO_INSTALL}`);
  }
  const opened = stack.move();
  return { contenders, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function leaveOut(name: string, remedy: string): void {
  process.stderr.write(`Without ${name}: ${remedy}.\n`);
}
