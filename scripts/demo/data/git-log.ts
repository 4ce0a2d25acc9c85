import { createHash } from 'node:crypto';
import { Chance } from './random.ts';

const PEOPLE = [
  'Ada Brook <ada@example.com>',
  'Björn Ek <bjorn@example.com>',
  'Chiara Neri <chiara@example.com>',
  'Dev Patel <dev@example.com>',
] as const;

/** Oldest first: a type, a scope and what was done. */
const CHANGES = [
  'feat(cart): keep the cart for a week',
  'fix(cart): count an article once that is added twice',
  'docs: say how to run the shop on a laptop',
  'feat(search): find articles by parts of their names',
  'perf(search): look up prefixes in one index',
  'fix(login): accept addresses with a plus sign',
  'test(cart): cover a cart that is changed in two windows',
  'refactor(mail): part templates from sending',
  'feat(mail): send a receipt in the language of the customer',
  'fix(mail): leave out empty lines of addresses',
  'build: pin the compiler',
  'feat(api)!: give prices as decimals in strings',
  'fix(api): answer 404 for articles that were removed',
  'ci: run the tests on every push',
  'Tidy up names in the warehouse module',
  'feat(stock): warn when an article runs out',
  'fix(stock): do not warn twice within an hour',
  'feat(report): weekly figures as CSV',
  'fix(report): write decimal points in every language',
  'chore: update packages',
] as const;

const BREAKING = [
  '',
  'BREAKING CHANGE: clients that read prices as numbers must parse them.',
  'The old field is gone.',
];

/** What `git log --decorate` prints of a small history: sixty commits, two merges, two tags, a breaking change. */
export function gitLog(): string {
  const chance = new Chance(1234);
  const blocks: string[] = [];
  for (let number = 1; number <= 60; number += 1) blocks.unshift(commit(chance, number));
  return blocks.join('\n');
}

function commit(chance: Chance, number: number): string {
  const hash = createHash('sha1').update(`commit ${number}`).digest('hex');
  const isMerge = number === 25 || number === 50;
  const author = PEOPLE[chance.between(0, PEOPLE.length - 1)] ?? PEOPLE[0];
  const lines = [
    `commit ${hash}${decoration(number)}`,
    ...(isMerge ? [`Merge: ${hash.slice(0, 7)} ${hash.slice(7, 14)}`] : []),
    `Author: ${author}`,
    `Date:   ${dateOf(number)}`,
    '',
    ...messageOf(chance, number, isMerge).map((line) => (line === '' ? '' : `    ${line}`)),
  ];
  return `${lines.join('\n')}\n`;
}

function decoration(number: number): string {
  if (number === 60) return ' (HEAD -> main, tag: v1.1.0)';
  return number === 40 ? ' (tag: v1.0.0)' : '';
}

/** As git prints it: `Mon Mar 3 09:12:00 2025 +0100`, here always in UTC. */
function dateOf(number: number): string {
  const time = new Date(Date.UTC(2025, 0, 6 + number * 2, 9 + (number % 8), (number * 7) % 60));
  const [weekday, day, month, year, clock] = time.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${Number(day)} ${clock} ${year} +0000`;
}

function messageOf(chance: Chance, number: number, isMerge: boolean): string[] {
  if (isMerge) return [`Merge branch 'topic-${number}'`];
  const change = CHANGES[(number - 1) % CHANGES.length] ?? CHANGES[0];
  const again = number > CHANGES.length ? ` (part ${Math.ceil(number / CHANGES.length)})` : '';
  const message = [`${change}${again}`];
  if (change.includes('!:')) message.push(...BREAKING);
  else if (chance.happens(0.2)) message.push('', 'Seen by customers in the first week of the month.');
  if (number % 9 === 0) message.push('', 'Co-authored-by: Eve Lund <eve@example.com>');
  return message;
}
