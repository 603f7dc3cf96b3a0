/**
 * Names of sealed batches. They depend on run, task, window and part alone, never on a clock or an attempt: that is
 * what makes a second delivery recognisable. Names of one task sort in the order of its windows and parts.
 */

const PART_DIGITS = 5;
/** The largest instant that dates reach; a window's end may lie beyond it. */
const MAX_MILLIS = 8.64e15;

export interface NamePlan {
  /** What all names start with; in a bucket it may hold slashes. */
  readonly prefix?: string | undefined;
  readonly job: string;
  /** The run's id, where runs share a place. */
  readonly run?: string | undefined;
  readonly task: number;
  /** With its dot: `.csv.gz`. */
  readonly extension: string;
}

export class BatchNames {
  private readonly stem: string;
  private readonly extension: string;

  constructor({ prefix = '', job, run, task, extension }: NamePlan) {
    this.stem = `${prefix}${run === undefined ? job : `${job}_${run}`}_${task}`;
    this.extension = extension;
  }

  ofWindow(start: number, end: number, part: number, isPartial: boolean): string {
    return `${this.stem}_${instantText(start)}_${instantText(end)}_${this.tail(part, isPartial)}`;
  }

  /** Of rows that belong to no common window. */
  running(part: number, isPartial: boolean): string {
    return `${this.stem}_${this.tail(part, isPartial)}`;
  }

  private tail(part: number, isPartial: boolean): string {
    return `${String(part).padStart(PART_DIGITS, '0')}${isPartial ? '_partial' : ''}${this.extension}`;
  }
}

/** `20230603T040000Z`; a window that starts within a second shows its milliseconds too. */
function instantText(millis: number): string {
  if (!(Math.abs(millis) <= MAX_MILLIS)) return String(millis);
  return new Date(millis)
    .toISOString()
    .replace(/\.000Z$/, 'Z')
    .replaceAll(/(?<!^)-|:/g, '');
}
