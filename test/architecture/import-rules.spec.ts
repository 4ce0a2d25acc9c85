import { describe, expect, it } from 'vitest';
import rules from '../../.dependency-cruiser.mjs';
import { ROOT, cruise, temporaryTree } from './import-rules.js';

/** For each rule: a file that breaks it, and what the file imports. */
// oxfmt-ignore
const BREACHES: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['libs-know-no-src',                        'libs/tools/src/a.ts',             'src/goals/a.module.ts'],
  ['libs-are-entered-by-their-index',         'src/goals/b.ts',                  'libs/http/src/inner.ts'],
  ['kernel-imports-only-nothing',             'libs/kernel/src/c.ts',            'libs/config/src/index.ts'],
  ['orchestration-imports-only-kernel',       'libs/orchestration/src/d.ts',     'libs/config/src/index.ts'],
  ['sandbox-imports-only-kernel',             'libs/sandbox/src/a.ts',           'libs/config/src/index.ts'],
  ['outbound-imports-only-kernel',            'libs/outbound/src/a.ts',          'libs/config/src/index.ts'],
  ['tools-imports-only-kernel-sandbox-outbound', 'libs/tools/src/t.ts',          'libs/config/src/index.ts'],
  ['models-imports-only-kernel-orchestration', 'libs/models/src/a.ts',           'libs/config/src/index.ts'],
  ['policy-imports-only-kernel',              'libs/policy/src/e.ts',            'libs/config/src/index.ts'],
  ['memory-imports-only-kernel',              'libs/memory/src/f.ts',            'libs/config/src/index.ts'],
  ['config-imports-only-kernel',              'libs/config/src/g.ts',            'libs/policy/src/index.ts'],
  ['context-imports-only-kernel-policy',      'libs/context/src/h.ts',           'libs/config/src/index.ts'],
  ['kernel-needs-no-package',                 'libs/kernel/src/i.ts',            'framework'],
  ['orchestration-needs-no-package',          'libs/orchestration/src/j.ts',     'framework'],
  ['policy-needs-no-package',                 'libs/policy/src/k.ts',            'framework'],
  ['memory-needs-no-package',                 'libs/memory/src/l.ts',            'framework'],
  ['core-asks-nothing-of-the-machine',        'libs/orchestration/src/m.ts',     'node:fs'],
  ['testing-only-from-tests',                 'src/goals/n.ts',                  'libs/testing/src/index.ts'],
  ['conformance-suites-only-from-tests',      'src/goals/conf.ts',               'libs/orchestration/src/conformance/suite.ts'],
  ['nothing-imports-tests',                   'src/goals/o.ts',                  'test/helper.ts'],
  ['system-transaction-stays-in-its-folder',  'libs/persistence/src/p.ts',       'libs/persistence/src/system/system-transaction.ts'],
  ['edge-knows-no-feature',                   'src/edge/q.ts',                   'src/goals/a.module.ts'],
  ['features-know-no-edge',                   'src/goals/r.ts',                  'src/edge/edge.module.ts'],
  ['features-meet-at-modules-and-ports',      'src/workers/s.ts',                'src/goals/goals.service.ts'],
  ['identity-knows-only-tenancy',             'src/identity/t.ts',               'src/goals/a.module.ts'],
  ['access-knows-only-identity-tenancy',      'src/access/u.ts',                 'src/goals/a.module.ts'],
  ['tenancy-knows-no-feature',                'src/tenancy/v.ts',                'src/goals/a.module.ts'],
  ['readers-know-no-feature',                 'src/audit/w.ts',                  'src/goals/a.module.ts'],
  ['nobody-calls-the-readers',                'src/goals/x.ts',                  'src/audit/audit.module.ts'],
  ['only-the-engine-side-knows-the-engine',   'src/tenancy/y.ts',                'libs/orchestration/src/index.ts'],
  ['nothing-is-unresolved',                   'src/goals/z.ts',                  './missing.js'],
  ['no-development-packages-in-the-program',  'src/goals/dev.ts',                'tool'],
];

function breachTree(): Record<string, string> {
  const files: Record<string, string> = {
    'libs/kernel/src/round.ts': `import './about.js';\nexport const round = 1;\n`,
    'libs/kernel/src/about.ts': `import './round.js';\nexport const about = 1;\n`,
  };
  for (const [, from, to] of BREACHES) {
    if (to.endsWith('.ts')) files[to] = 'export const target = 1;\n';
    const up = '../'.repeat(from.split('/').length - 1);
    files[from] =
      `import '${to.endsWith('.ts') ? `${up}${to.replace(/\.ts$/, '.js')}` : to}';\nexport const source = 1;\n`;
  }
  return files;
}

describe('who may import whom', () => {
  it('holds for the whole tree', async () => {
    const { violations, modules } = await cruise(ROOT);
    expect(violations).toEqual([]);
    expect(modules).toBeGreaterThan(50);
  });

  it('has for every rule an import that breaks it', async () => {
    await using tree = await temporaryTree(breachTree());
    const { violations } = await cruise(tree.root);
    const broken = (rule: string, from: string): boolean =>
      violations.some((violation) => violation.startsWith(`${rule}: ${from} →`));
    expect(BREACHES.filter(([rule, from]) => !broken(rule, from))).toEqual([]);
    expect(broken('no-cycles', 'libs/kernel/src/about.ts')).toBe(true);
    const tried = new Set(['no-cycles', ...BREACHES.map(([rule]) => rule)]);
    expect(rules.forbidden.map((rule) => rule.name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it('gives every rule a name of its own and a reason', () => {
    const names = rules.forbidden.map((rule) => rule.name);
    expect(new Set(names).size).toBe(names.length);
    expect(rules.forbidden.filter((rule) => rule.comment.length < 20)).toEqual([]);
  });
});
