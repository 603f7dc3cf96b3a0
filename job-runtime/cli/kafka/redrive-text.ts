/** What a redrive has done, or would do, for people. */
import type { LetterCount, LetterSurvey } from '../../dead-letters/letter-survey.ts';
import type { RedriveSummary } from '../../dead-letters/redrive.ts';
import { partitionName } from '../../log/log.ts';
import { countText, plural } from '../number-text.ts';

/** A table of what would be put back, for one error or all of them. */
export function surveyLines({ counts, foreign }: LetterSurvey, error?: string): string[] {
  const wanted = counts.filter((count) => error === undefined || count.error === error);
  const total = wanted.reduce((sum, { records }) => sum + records, 0);
  const rows = [['error', 'from', 'records'], ...wanted.map(row)];
  return [
    ...(wanted.length > 0 ? table(rows) : []),
    `${plural(total, 'dead letter')}${error === undefined ? '' : ` with ${error}`} to put back`,
    ...foreignLines(foreign),
  ];
}

const row = (count: LetterCount): string[] => [count.error, partitionName(count), countText(count.records)];

/** The last column is one of numbers. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  '),
  );
}

export function redriveLines({ putBack, moved, foreign, open }: RedriveSummary, isStopped: boolean): string[] {
  return [
    `${isStopped ? 'stopped: ' : ''}${plural(putBack, 'dead letter')} put back`,
    ...(moved > 0 ? [`${countText(moved)} of them by key: the partition that they came from is no longer there`] : []),
    ...foreignLines(foreign),
    ...(open > 0 ? [`${plural(open, 'partition')} ended in a transaction that is still open: run it again later`] : []),
  ];
}

function foreignLines(foreign: number): string[] {
  if (foreign === 0) return [];
  return [`${plural(foreign, 'record')} left: no dead letter of a StreamJob`];
}
