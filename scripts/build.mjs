// npm run build, and "prepare" after npm ci: makes dist what the sources say.
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  const { buildCommand } = await import('./build/command.ts');
  process.exitCode = await buildCommand(process.argv.slice(2));
}
