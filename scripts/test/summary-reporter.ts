import type { Reporter, SerializedError, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';

/**
 * Ends every test run with the one line that scripts rely on, `N passed, N failed, N skipped`, after the skipped tests
 * with their reasons. What fails outside of a test (a file that does not load, a hook, an unhandled rejection) counts as
 * a failed test; a run in which no test ran fails as well.
 */
export default class SummaryReporter implements Reporter {
  private filtered = false;

  onInit(vitest: Vitest): void {
    this.filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const failed = tests.filter((test) => test.result().state === 'failed').length;
    const broken = suites.filter(hasErrors).length + unhandled.length;
    const skipped = tests.filter((test) => !['passed', 'failed'].includes(test.result().state));
    if (!this.filtered) for (const test of skipped) console.log(`skipped: ${test.fullName} (${reason(test)})`);
    if (passed + failed === 0) process.exitCode = 1;
    console.log(`${passed} passed, ${failed + broken} failed, ${skipped.length} skipped`);
  }
}

function hasErrors(suite: TestModule | TestSuite): boolean {
  return suite.errors().length > 0;
}

function reason(test: TestCase): string {
  const result = test.result();
  if (result.state === 'skipped' && result.note) return result.note;
  return test.options.mode === 'run' ? 'its file or a hook before it failed' : 'no reason is given';
}
