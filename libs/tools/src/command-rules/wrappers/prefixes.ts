import { type Call, type Inspector, type Rules } from '../inspector.js';
import { type OptionStyle, Options } from '../options.js';
import { placeOf } from '../places.js';

/** A program that starts the command which its arguments end with. */
interface Prefix extends OptionStyle {
  /** Operands before the command, e.g. the duration of `timeout`. */
  readonly before?: number;
  /** The option that names the working directory of the command. */
  readonly folder?: readonly [letter: string, word?: string];
}

const PREFIXES: Readonly<Record<string, Prefix>> = {
  sudo: {
    letters: 'CDghpRrTtUu',
    words: [
      'chdir',
      'close-from',
      'chroot',
      'command-timeout',
      'group',
      'host',
      'other-user',
      'prompt',
      'role',
      'type',
      'user',
    ],
    folder: ['D', 'chdir'],
  },
  doas: { letters: 'aCu' },
  pkexec: { words: ['user'] },
  gosu: { before: 1 },
  'su-exec': { before: 1 },
  nice: { letters: 'n', words: ['adjustment'] },
  ionice: { letters: 'cnPpu', words: ['class', 'classdata'] },
  chrt: { letters: 'DPT', before: 1 },
  taskset: { before: 1 },
  numactl: { letters: 'CNilmp' },
  prlimit: {},
  nohup: {},
  setsid: {},
  coproc: {},
  eatmydata: {},
  firejail: {},
  unbuffer: {},
  timeout: { letters: 'ks', words: ['kill-after', 'signal'], before: 1 },
  stdbuf: { letters: 'eio', words: ['error', 'input', 'output'] },
  time: { letters: 'fo', words: ['format', 'output'] },
  command: {},
  builtin: {},
  exec: { letters: 'a' },
  noglob: {},
  nocorrect: {},
  chroot: { words: ['groups', 'userspec'], before: 1 },
  proot: { letters: 'bqrvw' },
  fakeroot: { letters: 'bils' },
  fakechroot: { letters: 'ce' },
  unshare: { letters: 'GRSlw', words: ['root', 'setgid', 'setuid', 'wd'], folder: ['w', 'wd'] },
  nsenter: { letters: 'GSt', words: ['setgid', 'setuid', 'target'] },
  setpriv: {
    words: ['ambient-caps', 'bounding-set', 'egid', 'euid', 'groups', 'inh-caps', 'regid', 'reuid', 'rgid', 'ruid'],
  },
  setarch: { before: 1 },
  linux32: {},
  linux64: {},
  busybox: {},
  toybox: {},
  strace: { letters: 'EIOPSXabeopsu' },
  ltrace: { letters: 'DFaelnopsuwx' },
  valgrind: {},
  catchsegv: {},
  'dbus-run-session': { words: ['config-file', 'dbus-daemon'] },
  'systemd-run': { letters: 'EHMpu', words: ['property', 'setenv', 'unit'] },
  'systemd-inhibit': { words: ['what', 'who', 'why'] },
  'xvfb-run': { letters: 'efnpsw' },
  rlwrap: { letters: 'bCDfHlOPqsSt' },
  cgexec: { letters: 'g' },
  caffeinate: { letters: 'tw' },
  tini: { letters: 'ep' },
  'dumb-init': {},
  entr: {},
  npx: { letters: 'p', words: ['package'] },
};

/** The loader of programs, e.g. `ld-linux-x86-64.so.2`, runs the program that it is given. */
export const LOADER: Prefix = { words: ['argv0', 'audit', 'inhibit-rpath', 'library-path', 'preload'] };

export const PREFIX_RULES: Rules = Object.fromEntries(
  Object.entries(PREFIXES).map(([name, prefix]) => [
    name,
    (call: Call, inspector: Inspector) => start(prefix, call, inspector),
  ]),
);

/** Looks into the command behind a prefix. */
export function start(prefix: Prefix, { name, args, at }: Call, inspector: Inspector): undefined {
  const options = new Options(args, { ...prefix, endAtOperand: true });
  // `command -v name` only says where a program is.
  if (name === 'command' && (options.has('v') || options.has('V'))) return undefined;
  const before = prefix.before ?? 0;
  const first = options.operands.findIndex((word, index) => index >= before && !/^[A-Za-z_]\w*=/.test(word));
  const command = first === -1 ? [] : options.operands.slice(first);
  const folder = prefix.folder && options.valuesOf(...prefix.folder).at(-1);
  const folders = folder === undefined ? at.folders : at.folders.map((from) => placeOf(folder, from));
  // Without a command many of them start a shell, which reads its input.
  if (command.length === 0) inspector.script(at.stdin, { ...at, folders });
  else inspector.command(command, { ...at, folders });
  return undefined;
}
