import type { Call } from '../inspector.js';
import { Options } from '../options.js';
import { ANY, BELOW, UNKNOWN } from '../text.js';
import { decodeEscapes } from './escapes.js';

type Spend = (characters: number) => void;
type Printer = (call: Call, spend: Spend) => string;

const PRINTERS: ReadonlyMap<string, Printer> = new Map<string, Printer>([
  ['echo', echo],
  ['printf', ({ args: [format = '', ...values] }, spend) => printf(format, values, spend)],
  ['cat', ({ args, at }) => (args.every((argument) => argument === '-') ? at.stdin : UNKNOWN)],
  ['tee', ({ at }) => at.stdin],
  ['pwd', ({ at }) => (at.folders.length === 1 ? `${at.folders[0]}\n` : UNKNOWN)],
  ['which', ({ args }) => `${args.at(-1) ?? ''}\n`],
  ['command', ({ args }) => (args[0] === '-v' ? `${args.at(-1) ?? ''}\n` : UNKNOWN)],
  ['find', ({ args }) => lines(startsOf(args).map((start) => `${start}/${BELOW}`))],
  ['ls', ({ args }) => lines(listed(args).map((folder) => `${folder}/${ANY}`))],
  ['mktemp', mktemp],
  ['git', ({ args }) => (args[0] === 'ls-files' ? `${BELOW}\n` : UNKNOWN)],
  ...['true', ':', 'false', 'mkdir', 'test', '[', '[[', 'rm', 'sleep'].map((name): [string, Printer] => [
    name,
    () => '',
  ]),
]);

/** What a program would print, where that follows from its arguments and its input; UNKNOWN otherwise. */
export function knownOutput(call: Call, spend: Spend): string {
  const printed = PRINTERS.get(call.name)?.(call, spend) ?? UNKNOWN;
  // Texts that are put together are cheap until somebody looks at them: by then they must have been counted.
  spend(printed.length);
  return printed;
}

/** The folders that `find` begins at. */
export function startsOf(args: readonly string[]): string[] {
  let first = 0;
  while (/^-(?:[HLP]|D|O.*)$/.test(args[first] ?? '')) first += args[first] === '-D' ? 2 : 1;
  const end = args.findIndex((argument, at) => at >= first && /^(?:-.+|[(!,])/.test(argument));
  const starts = args.slice(first, end === -1 ? undefined : end);
  return starts.length > 0 ? starts : ['.'];
}

function listed(args: readonly string[]): string[] {
  const { operands } = new Options(args, { letters: 'ITw' });
  return operands.length > 0 ? operands : ['.'];
}

/** A new name, in the folder for temporary files unless another is named. */
function mktemp({ args }: Call): string {
  const options = new Options(args, { letters: 'p', words: ['suffix'] });
  const folder = options.valuesOf('p', 'tmpdir').at(-1);
  const [template = ''] = options.operands;
  if (folder !== undefined) return `${folder}/${BELOW}\n`;
  return template === '' || options.has('t') ? `/tmp/${BELOW}\n` : `${template}${BELOW}\n`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

function echo({ args }: Call): string {
  const first = args.findIndex((argument) => !/^-[neE]+$/.test(argument));
  const flags = first === -1 ? args : args.slice(0, first);
  const text = first === -1 ? '' : args.slice(first).join(' ');
  const decodes = flags.some((flag) => flag.includes('e'));
  return (decodes ? decodeArgument(text) : text) + (flags.some((flag) => flag.includes('n')) ? '' : '\n');
}

function printf(format: string, values: readonly string[], spend: Spend): string {
  const printed: string[] = [];
  let used = 0;
  do {
    const before = used;
    spend(format.length);
    for (const [piece, conversion] of format.matchAll(/%%|%[-0-9.#+ ]*([a-zA-Z])|[^%]+|%/g)) {
      if (conversion === undefined) printed.push(piece === '%%' ? '%' : decodeEscapes(piece));
      else printed.push(converted(conversion, values[used++] ?? ''));
    }
    if (used === before) break;
  } while (used < values.length);
  return printed.join('');
}

function converted(conversion: string, value: string): string {
  if (conversion === 'b') return decodeArgument(value);
  return 'sdi'.includes(conversion) ? value : UNKNOWN;
}

/** In arguments, octal numbers have a zero in front: `\0162`. */
function decodeArgument(text: string): string {
  return decodeEscapes(text.replace(/\\0([0-7]{1,3})/g, '\\$1'));
}
