import * as fc from 'fast-check';
import { quote } from 'shell-quote';
import { expect, it } from 'vitest';
import { blockedCommand } from './command-rules.js';

// Nothing here is ever run: only read.

const BLOCKED: readonly (readonly string[])[] = [
  ['rm', '-rf', '/'],
  ['rm', '-r', 'a b', '/etc/$HOME'],
  ['find', '/', '-name', '*.log', '-delete'],
  ['mkfs.ext4', '/dev/sda1'],
  ['dd', 'if=/dev/zero', 'of=/dev/sda'],
  ['psql', '-c', `select 'it''s'; DROP DATABASE "shop"`],
  ['redis-cli', 'FLUSHALL'],
  ['curl', 'http://169.254.169.254/'],
  ['sh', '-c', `rm -rf "/e"'tc'`],
];
const HARMLESS: readonly (readonly string[])[] = [
  ['rm', '-rf', 'build', './a b'],
  ['rm', '-r', '*', '$HOME', '~'],
  ['git', 'commit', '-m', 'rm -rf /; `x` $(y)'],
  ['echo', 'rm -rf /'],
  ['find', '.', '-name', '*.tmp', '-delete'],
  ['psql', '-c', 'drop table t'],
  ['curl', 'https://example.com/?a=1&b={2}'],
  ['grep', 'DROP DATABASE', 'dump.sql'],
];
const command = fc.constantFrom(...BLOCKED, ...HARMLESS);

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

/** Ways to write a word so that a shell reads the same. */
const QUOTES: readonly ((word: string) => string)[] = [
  (word) => `'${word.replaceAll("'", String.raw`'\''`)}'`,
  (word) => `"${word.replace(/[\\"$`]/g, String.raw`\$&`)}"`,
  (word) => word.replace(/[^\n]/g, String.raw`\$&`),
  (word) => `$'${[...Buffer.from(word)].map(octal).join('')}'`,
  (word) => `''${[...word].map((character) => `"${character.replace(/[\\"$`]/, String.raw`\$&`)}"''`).join('')}`,
  (word) => `${quote([word])}\\\n`,
];

const WRAPPERS: readonly ((argv: readonly string[]) => string[])[] = [
  (argv) => ['sudo', '-u', 'root', ...argv],
  (argv) => ['env', '-i', 'A=1', ...argv],
  (argv) => ['timeout', '-s', 'KILL', '5', ...argv],
  (argv) => ['nice', '-n', '3', ...argv],
  (argv) => ['nohup', ...argv],
  (argv) => ['busybox', ...argv],
  (argv) => ['find', '.', '-exec', ...argv, ';'],
  (argv) => ['sh', '-c', quote(argv)],
  (argv) => ['bash', '-lc', `cd . && ${quote(argv)} | cat`],
  (argv) => ['sh', '-c', '"$@"', 'sh', ...argv],
  (argv) => ['bash', '-c', `f() { ${quote(argv)}; }; f`],
  (argv) => ['bash', '-c', `bash <<'END'\n${quote(argv)}\nEND`],
  (argv) => ['bash', '-c', `eval ${quote([quote(argv)])}`],
  (argv) => ['bash', '-c', `echo "$(${quote(argv)})"`],
  (argv) => ['su', '-c', quote(argv)],
];

it('judges a command the same however its words are quoted [SAF-4]', () => {
  const ways = fc.array(fc.constantFrom(...QUOTES), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(command, ways, (argv, quotes) => {
      const text = argv.map((word, at) => quotes[at % quotes.length]!(word)).join(' ');
      expect(blockedCommand(['bash', '-c', text]), text).toBe(blockedCommand(argv));
    }),
    { numRuns: 500 },
  );
});

it('judges a command the same whatever starts it [SAF-4]', () => {
  const layers = fc.array(fc.constantFrom(...WRAPPERS), { maxLength: 4 });
  fc.assert(
    fc.property(command, layers, (argv, wrappers) => {
      const wrapped = wrappers.reduce<readonly string[]>((inner, wrap) => wrap(inner), argv);
      expect(blockedCommand(wrapped), JSON.stringify(wrapped)).toBe(blockedCommand(argv));
    }),
    { numRuns: 500 },
  );
});

it('refuses what is wrapped so often that nobody could read it [SAF-4]', () => {
  const deep = Array.from({ length: 200 }, () => 'sudo');
  expect(blockedCommand([...deep, 'ls'])).toMatch(/too long, or starts shells within shells too often/);
});

const SYNTAX = fc.constantFrom(
  ' ',
  '\n',
  ..."rm -rf / ; && || | ( ) { } $( ${ ` \" ' $' \\ $x <<E <<< <( > # * [ ] ~ {a, x= f() for in do case esac = 😀".split(
    ' ',
  ),
);

it('has an answer to any text [SAF-4]', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(SYNTAX, { maxLength: 200 }).map((all) => all.join('')),
  );
  const program = fc.constantFrom(
    'sh',
    'psql',
    'mysql',
    'find',
    'xargs',
    'curl',
    'rm',
    'git',
    'tar',
    'parallel',
    'env',
  );
  const answers = (given: string | undefined): void => expect(['string', 'undefined']).toContain(typeof given);
  fc.assert(
    fc.property(program, fc.array(text, { maxLength: 4 }), (name, args) => {
      answers(blockedCommand([name, ...args]));
      answers(blockedCommand([name, '-c', ...args]));
    }),
    { numRuns: 1000 },
  );
});

/** What makes careless readers go over the text again and again. */
const ENDLESS = [
  ...'( $( ${ "$( ` " \' \\ $\' {a, {a,b} {{ <( (( a; a| x=$x$x; $x [a /.. ../ # ${x:- * {,} [[: %s'.split(' '),
  '<<E\n',
  'f() { ',
  'case x in ',
  'rm /x;',
  '* ',
  'eval ',
  'sudo ',
  'cd a;',
  'for x in a b c;',
  '\n',
  'echo $(',
  'f(){ g;};',
];

it.each(ENDLESS)('comes to an end with 64 KiB of %j [SAF-4]', (piece) => {
  const text = piece.repeat(Math.ceil(65_536 / piece.length));
  for (const argv of [
    ['bash', '-c', text],
    ['rm', '-rf', text],
    ['psql', '-c', text],
    ['find', text, '-delete'],
    [text],
  ]) {
    expect(['string', 'undefined']).toContain(typeof blockedCommand(argv));
  }
});

it('comes to an end with texts that grow while they are read [SAF-4]', () => {
  const doubling = `a=xx;${'a=$a$a;'.repeat(60)} echo $a`;
  const functions = Array.from({ length: 60 }, (_, at) => `f${at}() { f${at + 1}; f${at + 1}; }`).join('\n');
  const nested = `${'echo $('.repeat(5000)}${')'.repeat(5000)}`;
  for (const text of [doubling, `${functions}\nf0`, nested, `echo ${'{a,b}'.repeat(5000)}`, ':(){ :|:& };:']) {
    expect(['string', 'undefined']).toContain(typeof blockedCommand(['bash', '-c', text]));
  }
});
