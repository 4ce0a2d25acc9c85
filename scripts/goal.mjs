// npm run goal -- "…": submits one goal from the command line. Needs no build.
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  const { goal } = await import('./goal/goal.ts');
  process.exitCode = await goal(process.argv.slice(2));
}
