// npm run demo: submits the bundled goals of examples/goals and shows them live. Needs no build.
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  const { demo } = await import('./demo/demo.ts');
  process.exitCode = await demo(process.argv.slice(2));
}
