/** Words the tallies: a line per failure, a table with the seconds, and the closing line that machines read. */
import { DATA_ABSENT, type Tally } from './tally.ts';

export interface Summary {
  /** What is printed, without the closing line. */
  readonly lines: readonly string[];
  /** `N passed, N failed`, with `, N skipped` only where there are any. */
  readonly closing: string;
  readonly succeeded: boolean;
}

export function summarize(tallies: readonly Tally[]): Summary {
  const passed = sum(tallies, (tally) => tally.passed);
  const failed = sum(tallies, (tally) => tally.failures.length);
  const skipped = sum(tallies, (tally) => tally.skipped);
  const withoutData = sum(tallies, (tally) => tally.skippedWithoutData);
  const lines = [
    ...tallies.flatMap((tally) => tally.failures.map((failure) => `failed  ${tally.suite} › ${failure}`)),
    row('suite', 'seconds', 'passed', 'failed', 'skipped'),
    ...tallies.map((tally) =>
      row(tally.suite, tally.seconds.toFixed(1), tally.passed, tally.failures.length, tally.skipped),
    ),
  ];
  if (withoutData > 0) lines.push(`${withoutData} skipped: ${DATA_ABSENT}`);
  if (passed + failed === 0) lines.push('nothing ran, which is no success');
  const closing = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { lines, closing, succeeded: failed === 0 && passed > 0 };
}

function sum(tallies: readonly Tally[], count: (tally: Tally) => number): number {
  return tallies.reduce((total, tally) => total + count(tally), 0);
}

function row(suite: string, ...cells: readonly (string | number)[]): string {
  return suite.padEnd(14) + cells.map((cell) => String(cell).padStart(9)).join('');
}
