import { statSync } from 'node:fs';
import type { JailMount, JailSpec } from './jail.js';
import { whenTold } from './launched-process.js';
import { resourceLimits } from './limits.js';
import type { SystemView } from './system-view.js';

/** Where the script says that the jail is built and the program about to start. */
export const READY_DESCRIPTOR = 3;
export const BEGIN_DESCRIPTOR = 4;

const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];

export interface Builders {
  readonly chroot: string;
  readonly mount: string;
  readonly prlimit: string;
  readonly setpriv: string;
  readonly sh: string;
  readonly unshare: string;
}

export interface ScriptPlan {
  readonly builders: Builders;
  readonly spec: JailSpec;
  readonly view: SystemView;
  /** An empty folder in which the jail's own root is mounted. */
  readonly root: string;
  /** The user to run as; undefined: the one that is. */
  readonly id: number | undefined;
}

/**
 * A shell script that puts together a root folder in a mount namespace of its own, and runs a program in it without
 * any capability. A process that lives below another root can make no user namespace (user_namespaces(7)), which
 * is what it would need to get one.
 */
export function namespaceScript(plan: ScriptPlan): string {
  const { builders, spec, view, root, id } = plan;
  const mount = quote(builders.mount);
  const at = (path: string): string => quote(root + path);
  const bind = ({ source, target }: JailMount, flags: string): string[] => [
    ...placeFor(source, at(target), root + target),
    `${mount} --bind ${quote(source)} ${at(target)}`,
    `${mount} -o remount,bind,nosuid${flags} ${at(target)}`,
  ];
  return [
    'set -e',
    `${mount} -t tmpfs -o mode=0755,nosuid,nodev,size=1m tmpfs ${quote(root)}`,
    ...[...view.readOnly, ...spec.readOnly].flatMap((entry) => bind(entry, ',nodev,ro')),
    ...view.links.map(({ path, target }) => `ln -s ${quote(target)} ${at(path)}`),
    ...view.hidden.map((path) => `${mount} -t tmpfs -o ro,size=4k tmpfs ${at(path)}`),
    ...DEVICES.flatMap((path) => bind({ source: path, target: path }, ',noexec')),
    `mkdir -p ${at('/proc')} ${at('/tmp')}`,
    `${mount} -t proc -o nosuid,nodev,noexec proc ${at('/proc')}`,
    `${mount} --bind /dev/null ${at('/proc/cmdline')}`,
    ...spec.writable.flatMap((entry) => bind(entry, ',nodev')),
    `${mount} -o remount,bind,ro,nosuid,nodev ${quote(root)}`,
    `echo ready >&${READY_DESCRIPTOR}`,
    `exec ${READY_DESCRIPTOR}>&-`,
    'set +e',
    whenTold(builders.sh, BEGIN_DESCRIPTOR, command(plan, id)).map(quote).join(' '),
    // Not the last command by itself: the shell has to stay and collect orphans.
    'exit $?',
  ].join('\n');
}

function command({ builders, spec, root }: ScriptPlan, id: number | undefined): string[] {
  const identity = id === undefined ? [] : [`--reuid=${id}`, `--regid=${id}`, '--clear-groups'];
  return [
    [builders.chroot, root, builders.setpriv, ...identity],
    ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'],
    [builders.prlimit, ...resourceLimits(spec.limits), '--'],
    [builders.sh, '-c', 'cd "$0" && exec "$@"', spec.cwd, ...spec.argv],
  ].flat();
}

/** Something to mount on, of the same kind. */
function placeFor(source: string, target: string, path: string): string[] {
  if (statSync(source).isDirectory()) return [`mkdir -p ${target}`];
  return [`mkdir -p ${quote(path.slice(0, path.lastIndexOf('/')))}`, `: > ${target}`];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
