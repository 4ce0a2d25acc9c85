import { join } from 'node:path';
import { jailsOf } from './jails.js';
import { LocalProvider } from './local/local-provider.js';
import { processFolder } from './process-folder.js';
import { Sandboxes } from './sandboxes.js';
import { WasmProvider } from './wasm/wasm-provider.js';

export interface SandboxOptions {
  /**
   * Absolute path of a folder for temporary files. It is made when needed, and closed to other users. Processes may
   * have it in common: each has a folder of its own in there.
   */
  readonly scratchDir: string;
  /** Whether commands may run without a jail where none works. The administrator has to want that. */
  readonly unjailed: boolean;
}

/** The sandboxes of this machine. Cheap: what they need is looked for when it is first used. */
export function createSandboxes({ scratchDir, unjailed }: SandboxOptions): Sandboxes {
  const own = processFolder(scratchDir);
  const jails = jailsOf(join(own, 'jails'), unjailed);
  return new Sandboxes(
    [new WasmProvider({ jails: jails.forInterpreters }), new LocalProvider(jails.forCommands, join(own, 'temporary'))],
    join(own, 'runs'),
    scratchDir,
  );
}
