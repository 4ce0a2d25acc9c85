// Plain JavaScript of 2020, since any Node may be asked to read it: what follows needs the Node that the project pins.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;

/** The Node that `npm ci` links into the project; absent on platforms without a package (macOS). */
const PINNED = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

/**
 * True when this process runs on a Node that the project can use. Otherwise runs the same command on the pinned Node
 * (its exit code becomes ours, signals are handed on), or says what is missing; the caller then has nothing to do.
 */
export function isOnPinnedNode() {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST) return true;
  if (existsSync(PINNED)) {
    runAgain();
  } else {
    console.error(
      `Agent Village needs Node ${OLDEST}; this is Node ${process.versions.node}.\n` +
        `On Linux "npm ci" brings the right one; elsewhere install Node ${OLDEST} or later, then run "npm ci" again.`,
    );
    process.exitCode = 1;
  }
  return false;
}

function runAgain() {
  const child = spawn(PINNED, process.argv.slice(1), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0)));
}
