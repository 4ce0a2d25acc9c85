import { type Call, type Rule, type Rules, forEach } from '../inspector.js';
import { type OptionStyle, Options } from '../options.js';
import { costOfPlaces, placeOf } from '../places.js';
import { UNKNOWN } from '../text.js';
import { deletionElsewhere, deletionOf } from './deletion.js';

/** `rm`: anything outside the workspace; recursively also what may turn out to be. */
const remove: Rule = ({ name, args, at }) => {
  const options = new Options(args);
  const isUnclear = options.given.some(([option]) => option.includes(UNKNOWN));
  const isRecursive = isUnclear || options.has('r', 'recursive') || options.has('R');
  return deletionOf(name, options.operands, at, { isRecursive });
};

/** Programs that delete or empty what they name. */
function operandsOf(style: OptionStyle, isRecursive = false): Rule {
  return ({ name, args, at }) => deletionOf(name, new Options(args, style).operands, at, { isRecursive });
}

const RSYNC = {
  letters: 'BMTef',
  words: [
    'backup-dir',
    'bwlimit',
    'compare-dest',
    'exclude',
    'exclude-from',
    'files-from',
    'filter',
    'include',
    'include-from',
    'link-dest',
    'log-file',
    'max-size',
    'min-size',
    'rsh',
    'rsync-path',
    'suffix',
    'temp-dir',
    'timeout',
  ],
};

/** `rsync --delete` deletes in its target, `--remove-source-files` in its sources. */
const rsync: Rule = ({ args, at }) => {
  const options = new Options(args, RSYNC);
  const target = options.operands.at(-1);
  if (target === undefined) return undefined;
  const deletes = options.given.some(([name]) => /^del(?:ete.*)?$/.test(name));
  const sources = options.has('', 'remove-source-files') ? options.operands.slice(0, -1) : [];
  if (deletes && /^[^/]*:/.test(target)) return deletionElsewhere('rsync --delete', target);
  return (
    (deletes ? deletionOf('rsync --delete', [target], at, { isRecursive: true }) : undefined) ??
    deletionOf('rsync --remove-source-files', sources, at, { isRecursive: true })
  );
};

/** `git clean` and `git rm`, in the folder that `-C` or `--work-tree` names; and aliases that start programs. */
const git: Rule = ({ args, at }, inspector) => {
  const options = new Options(args, {
    letters: 'Cc',
    words: ['config-env', 'exec-path', 'git-dir', 'namespace', 'super-prefix', 'work-tree'],
    endAtOperand: true,
  });
  const [command, ...rest] = options.operands;
  const moves = [...options.valuesOf('C'), ...options.valuesOf('', 'work-tree')];
  const moved = (from: string, to: string): string => {
    inspector.spend(from.length + to.length);
    return placeOf(to, from);
  };
  const folders = at.folders.map((folder) => moves.reduce(moved, folder));
  for (const setting of options.valuesOf('c')) {
    const [, alias, text] = /^alias\.([^=]+)=!([\s\S]*)$/i.exec(setting) ?? [];
    if (alias?.toLowerCase() === command?.toLowerCase() && text !== undefined) {
      inspector.script([text, ...rest].join(' '), { ...at, folders });
    }
  }
  if (command !== 'clean' && command !== 'rm') return undefined;
  const given = new Options(rest, { letters: 'e', words: ['exclude'] });
  if (given.has('n', 'dry-run')) return undefined;
  const paths = given.operands.length > 0 ? given.operands : ['.'];
  inspector.spend(costOfPlaces(paths, folders));
  return deletionOf(`git ${command}`, paths, { ...at, folders }, { isRecursive: true });
};

const TAR = {
  letters: 'CFHIKLNTVXbfg',
  words: [
    'checkpoint-action',
    'directory',
    'exclude',
    'exclude-from',
    'file',
    'files-from',
    'info-script',
    'new-volume-script',
    'rsh-command',
    'to-command',
    'transform',
    'use-compress-program',
  ],
};

/** `tar --remove-files`, and the commands that tar starts. */
const tar: Rule = ({ args, at }: Call, inspector) => {
  const options = new Options(args, TAR);
  const actions = options
    .valuesOf('', 'checkpoint-action')
    .flatMap((action) => (action.startsWith('exec=') ? [action.slice(5)] : []));
  const programs = [
    ...options.valuesOf('', 'to-command'),
    ...options.valuesOf('I', 'use-compress-program'),
    ...options.valuesOf('F', 'info-script'),
    ...options.valuesOf('', 'new-volume-script'),
    ...options.valuesOf('', 'rsh-command'),
  ];
  for (const text of [...actions, ...programs]) inspector.script(text, at);
  if (!options.has('', 'remove-files')) return undefined;
  const folder = options.valuesOf('C', 'directory').at(-1) ?? '.';
  const folders = at.folders.map((from) => placeOf(folder, from));
  inspector.spend(costOfPlaces(options.operands, folders));
  return deletionOf('tar --remove-files', options.operands, { ...at, folders }, { isRecursive: true });
};

export const DELETE_RULES: Rules = {
  ...forEach(['rm', 'grm', 'srm'], remove),
  ...forEach(['rmdir', 'unlink', 'wipe'], operandsOf({})),
  rimraf: operandsOf({}, true),
  truncate: operandsOf({ letters: 'rs', words: ['reference', 'size'] }),
  rsync,
  git,
  ...forEach(['tar', 'gtar', 'bsdtar'], tar),
};
