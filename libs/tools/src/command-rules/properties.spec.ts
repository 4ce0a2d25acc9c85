import * as fc from 'fast-check';
import { quote } from 'shell-quote';
import { expect, it } from 'vitest';
import { blockedCommand, inspect } from './command-rules.js';
import { MAX_WORK } from './inspection.js';

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
  expect(blockedCommand([...deep, 'ls'])).toMatch(/starts shells within shells, too often/);
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

const times = (count: number, piece: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => piece(at)).join('');
const shell = (text: string): string[] => ['sh', '-c', text];

const VARIABLES = (count: number): string => times(count, (at) => `v${at}=1;`);
const LOOP = `for a in ${times(16, (at) => `w${at} `)}; do `;
const BRACES = (count: number): string => '{a,b}'.repeat(count);

it.each<[what: string, argv: string[]]>([
  ['choices in a loop', shell(`${LOOP}echo ${BRACES(6)}${'$a'.repeat(30_000)}; done`)],
  ['values of a loop', shell(`${LOOP}echo ${'$a'.repeat(30_000)}; done`)],
  ['variables in subshells', shell(`${VARIABLES(4000)}${'('.repeat(30_000)}`)],
  ['fewer variables in subshells', shell(`${VARIABLES(1000)}${'('.repeat(10_000)}`)],
  ['variables in substitutions', shell(`${VARIABLES(2000)}${'$(a)'.repeat(8000)}`)],
  ['variables beside assignments', shell(`${VARIABLES(2000)}${'A=1 b;'.repeat(6000)}`)],
  ['variables and shells', shell(`${VARIABLES(2000)}${'sh -c a;'.repeat(4000)}`)],
  ['functions in subshells', shell(`${times(2000, (at) => `f${at}(){ a;};`)}${'('.repeat(10_000)}`)],
  ['subshells', shell('(a);'.repeat(7000))],
  ['hosts of braces', ['curl', ...Array<string>(20).fill(BRACES(600))]],
  ['hosts', ['curl', ...Array<string>(20_000).fill('aa')]],
  ['braces and escapes', shell(`echo ${BRACES(6)}${String.raw`\a`.repeat(30_000)}`)],
  [
    'a separator as long as the text',
    shell(`IFS=${'x'.repeat(30_000)}; ${`x=${'y'.repeat(3000)}; echo $x;`.repeat(8)}`),
  ],
  ['formats of printf', shell(`x=$(printf '${'a'.repeat(30_000)}%s' ${'a '.repeat(15_000)})`)],
  ['an input that is printed again and again', shell(`echo ${'y'.repeat(30_000)} | sh -c '${'cat;'.repeat(7000)}'`)],
  ['an input that is read again and again', shell(`echo ${'y '.repeat(9000)} | sh -c '${'read a;'.repeat(4000)}'`)],
  ['parameters', shell(`set -- ${'a '.repeat(16_000)};${'shift;'.repeat(5000)}`)],
  ['words of find', ['find', 'a'.repeat(20_000), '-exec', 'echo', '{}'.repeat(20_000), ';']],
  ['commands of find', ['find', ...Array<string>(10_000).fill('-exec')]],
  ['words of parallel', ['parallel', '{}'.repeat(10_000), ':::', ...Array<string>(10_000).fill('aa')]],
  ['folders', shell(`cd ${'a'.repeat(4000)}; rm ${'b '.repeat(30_000)}`)],
  [
    'folders of git',
    [
      'git',
      ...times(15_000, () => '-C a ')
        .trim()
        .split(' '),
      'clean',
    ],
  ],
  ['folders of tar', ['tar', '--remove-files', '-C', 'a/'.repeat(2000), ...Array<string>(20_000).fill('b')]],
  ['patterns of programs', shell('?*'.repeat(30_000))],
])('counts %s before they are multiplied, and stops [SAF-4]', (_, argv) => {
  const { reason, spent } = inspect(argv);
  expect(reason).toMatch(/too entangled for anybody to tell/);
  expect(spent).toBeGreaterThan(MAX_WORK);
});

const PIECES: readonly (() => fc.Arbitrary<string>)[] = [
  () => upTo(4000).map(VARIABLES),
  () => upTo(30_000).map((often) => '('.repeat(often)),
  () => fc.constant(LOOP),
  () => upTo(8).map((often) => `echo ${BRACES(often)}`),
  () => upTo(30_000).map((often) => '$a'.repeat(often)),
  () => upTo(7000).map((often) => '(a);'.repeat(often)),
  () => upTo(7000).map((often) => '$(a $a)'.repeat(often)),
  () => upTo(2000).map((often) => `f(){ ${'g;'.repeat(often)}};g(){ h;h;};f;`),
  () => upTo(5000).map((often) => `a=${'x '.repeat(often)};echo $a$a "$a";`),
  () => upTo(3000).map((often) => 'cd a;'.repeat(often)),
  () => upTo(3000).map((often) => `cat <<E\n${'$a\n'.repeat(often)}E\n`),
  () => fc.constantFrom(' | xargs -I{} rm {}{} ', ' | sh ', '; done;', ')', '"', "'", '\n', ' curl ', ' rm -rf '),
];

function upTo(most: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: most });
}

it('answers within its budget whatever is mixed [SAF-4]', () => {
  const mixture = fc.array(fc.oneof(...PIECES.map((piece) => piece())), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(mixture, (pieces) => {
      const { reason, spent } = inspect(shell(pieces.join('').slice(0, 65_000)));
      expect(spent <= MAX_WORK || reason !== undefined).toBe(true);
    }),
    { numRuns: 200 },
  );
});

it('reads what is long but plain [SAF-4]', () => {
  const lines = 'the quick brown fox jumps over the lazy dog\n'.repeat(700);
  expect(blockedCommand(shell(`cat > a.txt <<'END'\n${lines}END\nwc -l a.txt`))).toBeUndefined();
  expect(blockedCommand(shell('echo "$1" && ls -la | grep a > b.txt\n'.repeat(400)))).toBeUndefined();
});

it('refuses to read more than 64 KiB [SAF-4]', () => {
  expect(inspect(['echo', 'x'.repeat(65_532)])).toMatchObject({ reason: undefined });
  expect(inspect(['echo', 'x'.repeat(65_533)])).toMatchObject({
    reason: expect.stringMatching(/longer than 65536/),
    spent: 0,
  });
});

it('stops what takes long although nobody counted it [SAF-4]', () => {
  const never = (): undefined => {
    for (;;);
  };
  expect(blockedCommand(['curl', 'https://example.com/'], never)).toMatch(/too entangled for anybody to tell/);
});
