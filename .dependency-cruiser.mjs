/**
 * Who may import whom. Every rule has a name and a reason; test/architecture/import-rules.spec.ts shows that each of
 * them bites. Tests (*.spec.ts, test/) may reach further than what they test.
 */

const TEST = '\\.spec\\.ts$|^test/|^libs/testing/|/conformance/';

/** Libraries of a lower layer, which import the named libraries and nothing else of ours. */
function only(library, allowed, reason) {
  return {
    name: `${library}-imports-only-${allowed.join('-') || 'nothing'}`,
    comment: reason,
    severity: 'error',
    from: { path: `^libs/${library}/`, pathNot: TEST },
    to: { path: '^(libs|src|migrations|test|scripts)/', pathNot: `^libs/(${[library, ...allowed].join('|')})/` },
  };
}

/** A pure library: no framework, no database, no HTTP, no file system. */
function pure(library) {
  return {
    name: `${library}-needs-no-package`,
    comment: `${library} is a pure core: it must compile and run without any framework, database or network.`,
    severity: 'error',
    from: { path: `^libs/${library}/`, pathNot: TEST },
    to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
  };
}

/** What each feature may know of the others, through their *.module.ts and *.port.ts. */
const FEATURES_BELOW = { identity: ['tenancy'], access: ['identity', 'tenancy'] };
/** They read what was recorded and so know no feature. */
const READERS = ['audit', 'webhooks', 'live'];

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that need each other are one module, or lack a third one that both need.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'libs-know-no-src',
      comment: 'A library outlives every route: delete src/ and it still compiles.',
      severity: 'error',
      from: { path: '^libs/', pathNot: TEST },
      to: { path: '^src/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      comment: 'What index.ts does not export is private to the library.',
      severity: 'error',
      from: { path: '^(libs/([^/]+)|src|migrations|test|scripts)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/[^/]+/src/(index\\.ts$|conformance/)', '^libs/$2/'] },
    },
    {
      name: 'conformance-suites-only-from-tests',
      comment: 'The suites that every adapter of a port passes need a test runner.',
      severity: 'error',
      from: { path: '^(libs|src|migrations)/', pathNot: TEST },
      to: { path: '/conformance/' },
    },
    only('kernel', [], 'Everything stands on the kernel, so it stands on nothing.'),
    only('orchestration', ['kernel'], 'The core knows nothing of the web, the database or the product.'),
    only('sandbox', ['kernel'], 'Where code runs is told nothing of goals or tenants.'),
    only('outbound', ['kernel'], 'Whether an address may be reached depends on nothing of ours.'),
    only('tools', ['kernel', 'sandbox', 'outbound'], 'Tools stand on what they use, not on who calls them.'),
    only('models', ['kernel', 'orchestration'], 'A planner makes plans of the core and knows no tool, store or route.'),
    only('policy', ['kernel'], 'Permissions are pure data and pure functions.'),
    only('memory', ['kernel'], 'Rules of remembering are pure; stores are ports.'),
    only('config', ['kernel'], 'Settings are read before anything else exists.'),
    only('context', ['kernel', 'policy'], 'The context carries a principal and ids, and is used by everything above.'),
    pure('kernel'),
    pure('orchestration'),
    pure('policy'),
    pure('memory'),
    {
      name: 'core-asks-nothing-of-the-machine',
      comment: 'No clock, file, process or network of its own: they come through ports, so that a run can be replayed.',
      severity: 'error',
      from: { path: '^libs/(orchestration|policy|memory)/', pathNot: TEST },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util)$' },
    },
    {
      name: 'testing-only-from-tests',
      comment: 'Factories and test databases are no part of the program.',
      severity: 'error',
      from: { path: '^(libs|src|migrations)/', pathNot: TEST },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What a test file exports stays among tests.',
      severity: 'error',
      from: { path: '^(libs|src|migrations|scripts)/', pathNot: TEST },
      to: { path: '\\.spec\\.ts$|^test/' },
    },
    {
      name: 'system-transaction-stays-in-its-folder',
      comment: 'Statements that cross tenants are all in libs/persistence/src/system, where a reviewer finds them.',
      severity: 'error',
      from: {
        path: '^libs/persistence/',
        pathNot: ['^libs/persistence/src/system/', '^libs/persistence/src/database\\.ts$', TEST],
      },
      to: { path: '^libs/persistence/src/system/system-transaction' },
    },
    {
      name: 'edge-knows-no-feature',
      comment: 'Edge and features are strangers: they meet through libs/http.',
      severity: 'error',
      from: { path: '^src/edge/', pathNot: TEST },
      to: { path: '^src/(?!edge/)[^/]+/' },
    },
    {
      name: 'features-know-no-edge',
      comment: 'Edge and features are strangers: they meet through libs/http.',
      severity: 'error',
      from: { path: '^src/(?!edge/)[^/]+/', pathNot: TEST },
      to: { path: '^src/edge/' },
    },
    {
      name: 'features-meet-at-modules-and-ports',
      comment: 'Between features only *.module.ts and *.port.ts are public.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: TEST },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '\\.(module|port)\\.ts$'] },
    },
    ...Object.entries(FEATURES_BELOW).map(([feature, below]) => ({
      name: `${feature}-knows-only-${below.join('-')}`,
      comment: `${feature} stands on ${below.join(' and ')} and on no other feature.`,
      severity: 'error',
      from: { path: `^src/${feature}/`, pathNot: TEST },
      to: { path: '^src/[^/]+/', pathNot: `^src/(${[feature, ...below].join('|')})/` },
    })),
    {
      name: 'tenancy-knows-no-feature',
      comment: 'Identity and access stand on tenancy, so it stands on neither.',
      severity: 'error',
      from: { path: '^src/tenancy/', pathNot: TEST },
      to: { path: '^src/(?!tenancy/)[^/]+/' },
    },
    {
      name: 'readers-know-no-feature',
      comment: 'Audit, webhooks and live read what was recorded; nobody calls them and they call nobody.',
      severity: 'error',
      from: { path: `^src/(${READERS.join('|')})/`, pathNot: TEST },
      to: { path: '^src/([^/]+)/', pathNot: '^src/$1/' },
    },
    {
      name: 'nobody-calls-the-readers',
      comment: 'A feature records an event; audit, webhooks and live streams read it.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: TEST },
      to: { path: `^src/(${READERS.join('|')})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'only-the-engine-side-knows-the-engine',
      comment: 'Orchestration, tools, sandbox, models and memory are for goals, workers, control-plane and mcp.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: ['^src/(goals|workers|control-plane|mcp|memories|plugins)/', TEST] },
      to: { path: '^libs/(orchestration|tools|sandbox|models|memory)/' },
    },
    {
      name: 'nothing-is-unresolved',
      comment: 'An import that leads nowhere fails at the start of the program.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages-in-the-program',
      comment: 'npm ci --omit=dev must be able to run the program.',
      severity: 'error',
      from: { path: '^(libs|src|migrations)/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The peers of the benchmarks are a package of its own, whose dependencies are seldom there.
    exclude: { path: '^dist|/fixtures/|^test/bench/peers/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['development', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
