import { type SourceFile, isTest } from './source-files.js';

/** A rule that a text search can hold. The linter holds what needs types, dependency-cruiser what is about imports. */
export interface SourceRule {
  readonly name: string;
  readonly reason: string;
  readonly pattern: RegExp;
  /** Comments count too; else only code does. */
  readonly inComments?: true;
  readonly applies: (path: string) => boolean;
  /** A line that breaks the rule, in the given file; and one that does not. */
  readonly breach: SourceFile;
  readonly fine: SourceFile;
}

const program = (path: string): boolean => /^(libs|src|migrations)\//.test(path) && !isTest(path);
const core = (path: string): boolean => /^libs\/(orchestration|policy|memory)\//.test(path) && !isTest(path);

// The opening of a transaction and the making of the transactions are those two files.
const SYSTEM = /^libs\/(testing\/|persistence\/src\/(system\/|begin\.ts$|database\.ts$))/;
const outsideSystem = (path: string): boolean => program(path) && !SYSTEM.test(path);

// Put together, so that no tool takes the examples of this file for breaches.
const SUPPRESSION = ['oxlint', 'disable-next-line'].join('-');
const FOCUSED = ['it', 'only'].join('.');
const MODULE_MOCK = ['vi', 'mock'].join('.');

export const SOURCE_RULES: readonly SourceRule[] = [
  {
    name: 'settings come from libs/config',
    reason: 'One schema reads the environment, so that every variable is checked at the start and documented.',
    pattern: /process\.env\b/,
    applies: (path) => program(path) && !path.startsWith('libs/config/'),
    breach: { path: 'src/goals/a.ts', text: `const port = process.env['PORT'];` },
    fine: { path: 'libs/config/src/load.ts', text: `const port = process.env['PORT'];` },
  },
  {
    name: 'no forwardRef',
    reason: 'Two modules that need each other lack a third one that both need.',
    pattern: /\bforwardRef\b/,
    applies: program,
    breach: { path: 'src/goals/a.ts', text: 'constructor(@Inject(forwardRef(() => Other)) other: Other) {}' },
    fine: { path: 'src/goals/a.ts', text: '// forwardRef would hide a cycle' },
  },
  {
    name: 'no any',
    reason: 'What has no known type is unknown, and is looked at before it is used.',
    pattern: /(:\s*any\b|<any\b|\bas any\b|\bany\[\])/,
    applies: program,
    breach: { path: 'libs/tools/src/a.ts', text: 'function run(input: any) {}' },
    fine: { path: 'libs/tools/src/a.ts', text: 'const sql = `tenant_id = any($1)`; const many: number[] = [];' },
  },
  {
    name: 'no cast through unknown',
    reason: 'It claims a type that nothing has checked.',
    pattern: /\bas unknown as\b/,
    applies: program,
    breach: { path: 'src/goals/a.ts', text: 'const goal = row as unknown as Goal;' },
    fine: { path: 'src/goals/a.ts', text: 'const goal = row as Goal;' },
  },
  {
    name: 'nothing is left for later',
    reason: 'Work that remains is an issue, not a comment.',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b|\bnot (yet )?implemented\b/i,
    inComments: true,
    applies: program,
    breach: { path: 'src/goals/a.ts', text: '// FIXME: page through the rest' },
    fine: { path: 'src/goals/a.ts', text: '// A goal that is done has nothing to do.' },
  },
  {
    name: 'a suppressed check gives its reason',
    reason: 'A reviewer must see why the checker is wrong.',
    pattern: /@ts-(ignore|nocheck)|@ts-expect-error\s*$|(oxlint|eslint)-disable(?!.*--)/,
    inComments: true,
    applies: () => true,
    breach: { path: 'test/a.spec.ts', text: `// ${SUPPRESSION} no-console` },
    fine: { path: 'test/a.spec.ts', text: `// ${SUPPRESSION} no-console -- this is the console` },
  },
  {
    name: 'the core asks for time and chance through ports',
    reason: 'A recorded run can be replayed only if the same input gives the same output.',
    pattern: /\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|\bperformance\.now\(/,
    applies: core,
    breach: { path: 'libs/orchestration/src/a.ts', text: 'const now = Date.now();' },
    fine: { path: 'libs/orchestration/src/a.ts', text: 'const now = clock.now(); const then = new Date(now);' },
  },
  {
    name: 'repositories live in a TenantTransaction',
    reason: 'Outside of one, row-level security shows no row: the result is empty and nobody notices.',
    pattern:
      /\bInjectRepository\b|\bRepository<|(?<!\bmanager)\.getRepository\(|\bdataSource\.(manager|query|createQueryBuilder|transaction)\b/i,
    applies: (path) => program(path) && !path.startsWith('libs/persistence/'),
    breach: { path: 'src/access/a.ts', text: 'return this.dataSource.getRepository(ApiKey).find();' },
    fine: { path: 'src/access/a.ts', text: 'return transaction.manager.getRepository(ApiKey).find();' },
  },
  {
    name: 'only libs/persistence crosses tenants',
    reason: 'Statements of the system role are all in libs/persistence/src/system, where a reviewer finds them.',
    pattern: /\bnew SystemTransaction\b|\bset (local )?role\b|\bset_config\(\s*'role'/i,
    applies: outsideSystem,
    breach: { path: 'src/goals/a.ts', text: 'await query("SET LOCAL ROLE av_system");' },
    fine: { path: 'src/goals/a.ts', text: 'await tenants.run(tenantId, work);' },
  },
  {
    name: 'nobody else speaks as the system role',
    reason: 'A class in libs/persistence/src/system does, with a name for what it is for: GoalClaims, ApiKeyLookup.',
    pattern: /\bsystem\??\.(run|once)\b/,
    applies: outsideSystem,
    breach: { path: 'src/goals/a.ts', text: `await database.system.once('select from goal');` },
    fine: { path: 'libs/persistence/src/system/a.ts', text: `await this.system.once('select from goal');` },
  },
  {
    name: 'statuses are made at the edge',
    reason: 'One map turns error codes into HTTP statuses; the rest also runs where there is no HTTP.',
    pattern: /\bHttpStatus\b|\bnew \w+Exception\(/,
    applies: (path) => program(path) && !path.startsWith('src/edge/'),
    breach: { path: 'src/goals/a.ts', text: 'throw new NotFoundException();' },
    fine: { path: 'src/edge/a.ts', text: 'throw new NotFoundException();' },
  },
  {
    name: 'every test runs',
    reason: 'What cannot run here says so with skip(reason) inside the test, and is counted.',
    pattern: /\b(it|test|describe)\.(skip|only|todo)\b|\bxit\(/,
    applies: isTest,
    breach: { path: 'src/goals/a.spec.ts', text: `${FOCUSED}('runs', () => {});` },
    fine: { path: 'src/goals/a.spec.ts', text: `it('runs', ({ skip }) => skip('needs Redis'));` },
  },
  {
    name: 'no module is mocked',
    reason: 'A mocked module shows that the mock works; the real part can run.',
    pattern: /\b(vi|jest)\.(mock|doMock|unstable_mockModule)\(/,
    applies: isTest,
    breach: { path: 'src/goals/a.spec.ts', text: `${MODULE_MOCK}('node:fs');` },
    fine: { path: 'src/goals/a.spec.ts', text: 'const clock = fakeClock();' },
  },
];

/** `rule: path:line` for each line that breaks a rule. */
export function findBreaches(files: readonly SourceFile[], rules: readonly SourceRule[] = SOURCE_RULES): string[] {
  return rules.flatMap((rule) =>
    files
      .filter((file) => rule.applies(file.path))
      .flatMap((file) => linesThatMatch(file, rule).map((line) => `${rule.name}: ${file.path}:${line}`)),
  );
}

function linesThatMatch(file: SourceFile, rule: SourceRule): number[] {
  const text = rule.inComments ? file.text : withoutComments(file.text);
  return text.split('\n').flatMap((line, index) => (rule.pattern.test(line) ? [index + 1] : []));
}

/** Blanks comments and keeps the lines. A `//` inside a text such as a URL has no space before it. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

/** Files named index.ts that are not the door of a library: they hide where a thing lives. */
export function findBarrels(paths: readonly string[]): string[] {
  return paths.filter(
    (path) => /^(libs|src)\/.*\bindex\.ts$/.test(path) && !/^libs\/[^/]+\/src\/index\.ts$/.test(path),
  );
}
