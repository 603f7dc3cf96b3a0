/** Turns what the suites left behind (Jest's JSON, the checks of verify.sh) into counts. Pure: files and exit codes are report.ts's. */

/** Stands in the name of every test that is skipped because ../shared/data is not there; such a skip never fails a run. */
export const DATA_ABSENT = 'data beside the project absent';

export interface Tally {
  readonly suite: string;
  readonly seconds: number;
  readonly passed: number;
  readonly skipped: number;
  readonly skippedWithoutData: number;
  /** One line per failure. */
  readonly failures: readonly string[];
}

interface JestTest {
  readonly status: string;
  readonly fullName: string;
}

export interface JestOutput {
  readonly startTime: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly endTime: number;
    readonly assertionResults: readonly JestTest[];
  }[];
}

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
}

export interface ChecksOutput {
  readonly checks: readonly Check[];
}

/** @param skipsFail with CI=true, where a test that does not run must be noticed */
export function tallySuite(suite: string, output: JestOutput | ChecksOutput, skipsFail: boolean): Tally {
  return 'checks' in output ? tallyChecks(suite, output.checks) : tallyJest(suite, output, skipsFail);
}

/** A suite that left nothing behind has crashed: one failure. */
export function crashed(suite: string): Tally {
  const failures = ['left no results: it crashed, or it was never started'];
  return { suite, seconds: 0, passed: 0, skipped: 0, skippedWithoutData: 0, failures };
}

function tallyChecks(suite: string, checks: readonly Check[]): Tally {
  const failures = checks.filter((check) => !check.passed).map((check) => check.name);
  const seconds = checks.reduce((sum, check) => sum + check.seconds, 0);
  return { suite, seconds, passed: checks.length - failures.length, skipped: 0, skippedWithoutData: 0, failures };
}

function tallyJest(suite: string, output: JestOutput, skipsFail: boolean): Tally {
  const tests = output.testResults.flatMap((file) => file.assertionResults);
  const notRun = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  const skipped = notRun.filter((test) => !test.fullName.includes(DATA_ABSENT));
  const failures = [
    ...tests.filter((test) => test.status === 'failed').map((test) => test.fullName),
    ...output.testResults.filter(failedToRun).map((file) => `${file.name} does not run`),
    ...(skipsFail ? skipped.map((test) => `skipped, which CI does not allow: ${test.fullName}`) : []),
  ];
  if (!output.success && failures.length === 0) failures.push('Jest failed, though every test passed: see its output');
  const ends = output.testResults.map((file) => file.endTime);
  return {
    suite,
    seconds: ends.length === 0 ? 0 : (Math.max(...ends) - output.startTime) / 1000,
    passed: tests.filter((test) => test.status === 'passed').length,
    skipped: skipsFail ? 0 : skipped.length,
    skippedWithoutData: notRun.length - skipped.length,
    failures,
  };
}

/** An import that throws, say: the file failed and has no test to show for it. */
function failedToRun(file: JestOutput['testResults'][number]): boolean {
  return file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed');
}
