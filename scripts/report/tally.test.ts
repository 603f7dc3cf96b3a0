import { describe, expect, test } from '@jest/globals';
import { summarize } from './summary.ts';
import { crashed, DATA_ABSENT, tallySuite, type JestOutput } from './tally.ts';

/** One file whose tests ended as the statuses say; `endTime` is 1.5 s after the start. */
function jestOutput(statuses: readonly string[], overrides: Partial<JestOutput> = {}): JestOutput {
  const assertionResults = statuses.map((status, index) => ({ status, fullName: `test ${index}` }));
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  const testResults = [{ name: 'a.test.ts', status, endTime: 2500, assertionResults }];
  return { startTime: 1000, success: status === 'passed', testResults, ...overrides };
}

const closing = (output: JestOutput, skipsFail = false): string =>
  summarize([tallySuite('unit', output, skipsFail)]).closing;

describe('closing line', () => {
  test('counts what passed and what failed', () => {
    expect(closing(jestOutput(['passed', 'passed', 'failed']))).toBe('2 passed, 1 failed');
  });

  test('names skipped tests only where there are any', () => {
    expect(closing(jestOutput(['passed', 'pending', 'todo']))).toBe('1 passed, 0 failed, 2 skipped');
  });

  test('counts a skipped test as failed where skips fail', () => {
    expect(closing(jestOutput(['passed', 'pending']), true)).toBe('1 passed, 1 failed');
  });

  test('leaves out tests whose data is absent, even where skips fail', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'a' },
      { status: 'pending', fullName: `rides [skipped: ${DATA_ABSENT}: taxi/rides.csv] counts` },
    ];
    const output = jestOutput([], {
      testResults: [{ name: 'a.test.ts', status: 'passed', endTime: 2500, assertionResults }],
    });
    const { closing: line, lines } = summarize([tallySuite('unit', output, true)]);
    expect(line).toBe('1 passed, 0 failed');
    expect(lines).toContain('1 skipped: data beside the project absent');
  });

  test('counts a test file that does not run as one failure', () => {
    const testResults = [{ name: 'a.test.ts', status: 'failed', endTime: 2500, assertionResults: [] }];
    expect(closing(jestOutput([], { testResults, success: false }))).toBe('0 passed, 1 failed');
  });

  test('believes Jest when it fails though every test passed', () => {
    expect(closing(jestOutput(['passed'], { success: false }))).toBe('1 passed, 1 failed');
  });

  test('counts a suite that left no results as one failure', () => {
    expect(summarize([crashed('unit')])).toMatchObject({ closing: '0 passed, 1 failed', succeeded: false });
  });

  test('counts each check of verify', () => {
    const checks = [
      { name: 'types', passed: true, seconds: 1 },
      { name: 'lint', passed: false, seconds: 2 },
    ];
    expect(summarize([tallySuite('verify', { checks }, true)]).closing).toBe('1 passed, 1 failed');
  });
});

describe('success', () => {
  test('needs something that ran', () => {
    expect(summarize([tallySuite('unit', jestOutput([]), false)]).succeeded).toBe(false);
  });

  test('is what it is when all that ran passed', () => {
    const summary = summarize([tallySuite('unit', jestOutput(['passed']), true)]);
    expect(summary.succeeded).toBe(true);
    expect(summary.lines).toContain('unit                1.5        1        0        0');
  });
});
