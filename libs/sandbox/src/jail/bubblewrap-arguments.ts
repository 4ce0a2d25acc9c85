import type { JailMount, JailSpec } from './jail.js';
import { whenTold } from './launched-process.js';
import { resourceLimits } from './limits.js';
import { INNER_ID, type SystemView } from './system-view.js';

/** Descriptors that bubblewrap is given beside the three usual ones. */
export const STATUS_DESCRIPTOR = 3;
const FILTER_DESCRIPTOR = 4;
export const OPTIONS_DESCRIPTOR = 5;
export const BEGIN_DESCRIPTOR = 6;

/** Folder of the outer view in which sources are reachable for a user that cannot enter the folders above them. */
const REACHABLE = '/mnt';

export interface Programs {
  readonly bwrap: string;
  readonly prlimit: string;
  readonly setpriv: string;
  readonly sh: string;
}

/** The mounts of a jail: the sources may have to be named differently from within an outer view. */
interface Mounts {
  readonly readOnly: readonly JailMount[];
  readonly writable: readonly JailMount[];
}

export interface JailPlan {
  readonly programs: Programs;
  readonly spec: JailSpec;
  readonly view: SystemView;
  /** Whether a filter of system calls is handed over. */
  readonly filtered: boolean;
}

export interface JailCommand {
  readonly command: readonly string[];
  /**
   * What bubblewrap reads from a descriptor instead of its command line, which those inside and other users of the
   * host could read: the environment, and where folders lie on the host.
   */
  readonly options: string;
  /** Processes that belong to the jail itself, of those that descend from the child. */
  readonly ownProcesses: number;
}

/** The command for a jail that the current user can build. */
export function jailCommand(plan: JailPlan): JailCommand {
  const { spec, view } = plan;
  const readOnly = [...view.readOnly, ...spec.readOnly];
  return {
    command: innerCommand(plan),
    options: innerOptions(plan, { readOnly, writable: spec.writable }),
    ownProcesses: 1,
  };
}

/**
 * The command for a jail that root builds for a user of its own. That user cannot enter folders that are closed to
 * others, and bubblewrap opens its sources as that user: so root first makes a view of the file system in which they
 * are mounted at a place that everybody can reach, then becomes that user, then builds the jail.
 */
export function jailCommandAs(id: number, plan: JailPlan): JailCommand {
  const { programs, spec, view } = plan;
  const readOnly = [...view.readOnly, ...spec.readOnly];
  const all = [...readOnly, ...spec.writable];
  const reachable = all.map(({ target }, index) => ({ source: `${REACHABLE}/${index}`, target }));
  const mounts = { readOnly: reachable.slice(0, readOnly.length), writable: reachable.slice(readOnly.length) };
  const command = [
    [programs.bwrap, '--die-with-parent'],
    // A numbering of processes of its own, so that whatever happens nothing is left for others to wait for.
    ['--unshare-pid', '--as-pid-1'],
    ['--cap-add', 'ALL', '--dev-bind', '/', '/', '--tmpfs', REACHABLE],
    ...all.map(({ source }, at) => [at < readOnly.length ? '--ro-bind' : '--bind', source, `${REACHABLE}/${at}`]),
    // Its first process stays root: only so may the system end it when its parent is gone.
    ['--', programs.sh, '-c', '"$@"; exit $?', 'sh'],
    [programs.setpriv, `--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--no-new-privs'],
    ['--inh-caps=-all', '--bounding-set=-all'],
    innerCommand(plan),
  ].flat();
  return { command, options: innerOptions(plan, mounts), ownProcesses: 3 };
}

function innerCommand({ programs, spec }: JailPlan): string[] {
  const command = [programs.prlimit, ...resourceLimits(spec.limits), '--', ...spec.argv];
  return [programs.bwrap, '--args', `${OPTIONS_DESCRIPTOR}`, '--', ...whenTold(programs.sh, BEGIN_DESCRIPTOR, command)];
}

function innerOptions({ spec, view, filtered }: JailPlan, mounts: Mounts): string {
  const options = [
    ['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL'],
    ['--die-with-parent', '--new-session', '--hostname', 'sandbox', '--uid', `${INNER_ID}`, '--gid', `${INNER_ID}`],
    ['--json-status-fd', `${STATUS_DESCRIPTOR}`],
    filtered ? ['--seccomp', `${FILTER_DESCRIPTOR}`] : [],
    ...mounts.readOnly.map(({ source, target }) => ['--ro-bind', source, target]),
    ...view.links.map(({ path, target }) => ['--symlink', target, path]),
    ...view.hidden.map((path) => ['--tmpfs', path, '--remount-ro', path]),
    // The command line of the host's kernel names its disks, and what else administrators wrote there.
    ['--proc', '/proc', '--ro-bind', '/dev/null', '/proc/cmdline'],
    ['--dev', '/dev', '--remount-ro', '/dev', '--dir', '/tmp'],
    ...mounts.writable.map(({ source, target }) => ['--bind', source, target]),
    // Only now: mounting makes the folders that are mounted on.
    ['--remount-ro', '/', '--chdir', spec.cwd, '--clearenv'],
    ...Object.entries(spec.env).map(([name, value]) => ['--setenv', name, value]),
  ].flat();
  return options.map((option) => `${option}\0`).join('');
}
