// npm run dev: the Nest CLI compiles on every change and starts the program again. It writes to a tree of its own,
// since the finished ones never change.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  const { prepareFolder } = await import('./build/build.ts');
  const root = join(import.meta.dirname, '..');
  const folder = join(root, 'dist.dev');
  await mkdir(folder, { recursive: true });
  const project = await prepareFolder(root, folder);
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const child = spawn(process.execPath, [nest, 'start', '--watch', '--path', relative(root, project)], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}
