import { type Rule, type Rules, forEach } from '../inspector.js';
import { Options } from '../options.js';
import { shown } from '../text.js';
import { deletionOf } from './deletion.js';
import { overwrites } from './devices.js';

/** Programs that have no other use than to format, partition or empty a disk. */
const FORMATTERS = (
  'mkfs mke2fs mkswap mkdosfs mkntfs mkexfatfs mkudffs newfs format blkdiscard sgdisk gdisk cgdisk cfdisk fdisk ' +
  'sfdisk parted wipefs diskpart badblocks'
).split(' ');
/** `mkfs.ext4`, `newfs_msdos` and so on. */
export const FORMATTER = /^(?:mkfs|fsck_?mkfs|newfs)[._]/;
/** With one of these they only show something. */
const SHOWING = /^-(?:[lhVdnv]|-(?:list|list-types|help|version|dump|no-act|json|print))$/;

function formats(what: string): string {
  return (
    `${shown(what)} would format or partition a disk, and what is on it would be lost. ` +
    'No command may do that; an operator can, outside Agent Village.'
  );
}

/** A formatter is refused whatever it names: also an image in the workspace, since its operands have many forms. */
export const formatter: Rule = ({ name, args }) => {
  const shows = name === 'badblocks' ? !args.some((argument) => /^-[a-z]*[wn]/.test(argument)) : isShowing(name, args);
  return shows ? undefined : formats(name);
};

function isShowing(name: string, args: readonly string[]): boolean {
  if (args.length === 0 || args.some((argument) => SHOWING.test(argument))) return true;
  // Without options it lists what it finds.
  if (name === 'wipefs') return !args.some((argument) => /^(?:-[a-z]*[ao]|--(?:all|offset))/.test(argument));
  return name === 'parted' && args.at(-1) === 'print';
}

/** Programs that do it by one of their commands. */
const COMMANDS: Readonly<Record<string, RegExp>> = {
  cryptsetup: /^(?:luksformat|lukserase|erase|reencrypt|luksreencrypt)$/i,
  diskutil:
    /^(?:erase.*|partitiondisk|reformat|securerase|secureerase|zerodisk|randomdisk|deletevolume|deletecontainer|splitpartition)$/i,
  nvme: /^(?:format|sanitize)$/,
  zpool: /^(?:create|destroy|labelclear)$/,
  mdadm: /^--(?:create|zero-superblock)$/,
  hdparm: /^--(?:security-erase|security-erase-enhanced|trim-sector-ranges|write-sector|repair-sector)$/,
};

const byCommand: Rule = ({ name, args }) => {
  const found = args.find((argument) => COMMANDS[name]?.test(argument));
  return found === undefined ? undefined : formats(`${name} ${found}`);
};

const dd: Rule = ({ args, at }) => {
  const targets = args.filter((argument) => argument.startsWith('of=')).map((argument) => argument.slice(3));
  return firstReason(targets, (target) => overwrites('dd', target, at));
};

/** Overwriting a file is a way to delete it. */
const shred: Rule = ({ args, at }) => {
  const { operands } = new Options(args, { letters: 'ns', words: ['iterations', 'random-source', 'size'] });
  return (
    firstReason(operands, (operand) => overwrites('shred', operand, at)) ??
    deletionOf('shred', operands, at, { isRecursive: false })
  );
};

/** Programs that write to their last operand, or to all of them. */
function writer(which: 'last' | 'all'): Rule {
  return ({ name, args, at }) => {
    const options = new Options(args, { letters: 'tS', words: ['target-directory', 'suffix'] });
    const operands = which === 'last' ? options.operands.slice(-1) : options.operands;
    return firstReason([...operands, ...options.valuesOf('t', 'target-directory')], (path) =>
      overwrites(name, path, at),
    );
  };
}

function firstReason(words: readonly string[], reasonOf: (word: string) => string | undefined): string | undefined {
  for (const word of words) {
    const reason = reasonOf(word);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

export const DISK_RULES: Rules = {
  ...forEach(FORMATTERS, formatter),
  ...forEach(Object.keys(COMMANDS), byCommand),
  dd,
  shred,
  ...forEach(['cp', 'mv', 'install', 'ddrescue'], writer('last')),
  ...forEach(['tee', 'sponge'], writer('all')),
};
