import { existsSync, lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JailMount } from './jail.js';

/** What of the system is seen inside of a jail: programs and libraries, and the least of /etc that they need. */
export interface SystemView {
  readonly readOnly: readonly JailMount[];
  /** Links as on a system where /bin is a part of /usr. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Folders below these mounts that are shown empty. */
  readonly hidden: readonly string[];
}

const TOP_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** Where programs and libraries lie on some systems beside /usr. */
const STORES = ['/usr', '/nix/store'];
/** How the loader finds libraries, which of several programs a name means, and the time zone: nothing about the host. */
const CONFIGURATION = ['/etc/ld.so.cache', '/etc/alternatives', '/etc/localtime'];
/** What an administrator keeps there is configuration and sources, which may hold secrets, and no programs. */
const HIDDEN = ['/usr/local/etc', '/usr/local/var', '/usr/local/src', '/usr/src'];

/** Files that programs look for; those of the host would tell who has an account on it. */
const MADE_UP: Readonly<Record<string, string>> = {
  passwd: 'agent:x:1000:1000:agent:/workspace:/bin/sh\n',
  group: 'agent:x:1000:\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
};

/** Number of the user and the group in these files. */
export const INNER_ID = 1000;

/** Looks at this machine, and writes the made-up files into a folder that they have to themselves. */
export function systemView(folder: string): SystemView {
  const plain = TOP_FOLDERS.filter((path) => existsSync(path));
  const linked = plain.filter((path) => lstatSync(path).isSymbolicLink());
  const shown = [...STORES, ...plain.filter((path) => !linked.includes(path)), ...CONFIGURATION];
  return {
    readOnly: [...shown.filter((path) => existsSync(path)).map(unchanged), ...madeUpFiles(folder)],
    links: linked.map((path) => ({ path, target: readlinkSync(path) })),
    hidden: HIDDEN.filter((path) => existsSync(path)),
  };
}

function unchanged(path: string): JailMount {
  return { source: path, target: path };
}

function madeUpFiles(folder: string): JailMount[] {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return Object.entries(MADE_UP).map(([name, content]) => {
    const source = join(folder, name);
    writeFileSync(source, content, { mode: 0o644 });
    return { source, target: `/etc/${name}` };
  });
}
