/**
 * How a test is skipped: always with a reason, which is printed and becomes part of the test's name, so that the report
 * (scripts/report.ts) can count it. With CI=true a skip is a failure, absent data beside the project excepted.
 *
 * The body still runs at collection time, as with describe.skip: read files inside hooks and tests only.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';
import { DATA_ABSENT } from '../../scripts/report/tally.ts';

/** STREAMJOB_DATA, or shared/data beside the repository. */
export const dataFolder: string =
  process.env['STREAMJOB_DATA'] ?? path.join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** Where a file of the data folder is, such as `taxi/rides.csv`, whether it exists or not. */
export function dataFile(name: string): string {
  return path.join(dataFolder, name);
}

/** Runs the tests of `body` if the condition holds; `reason` says what this machine lacks. */
export function describeIf(condition: boolean, reason: string, name: string, body: () => void): void {
  if (condition) {
    describe(name, body);
    return;
  }
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  // eslint-disable-next-line jest/no-disabled-tests -- this is the one place that skips
  describe.skip(`${name} [skipped: ${reason}]`, body);
}

/** Runs the tests of `body` if all these files are in the data folder. */
export function describeWithData(name: string, files: readonly string[], body: () => void): void {
  const missing = files.filter((file) => !existsSync(dataFile(file)));
  describeIf(missing.length === 0, `${DATA_ABSENT}: ${missing.join(', ')}`, name, body);
}
