// npm start: brings the build up to date and runs the program in this very process, so that signals and the process
// id are the program's own.
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  const { start } = await import('./build/start.ts');
  await start();
}
