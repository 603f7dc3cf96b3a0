/**
 * Patterns of times, as docs/semantics.md §2 lists them. Only what can be said of the pattern itself is here; reading
 * and printing by it is the runtime's.
 */
import { suggestion } from './nearest.ts';

/** Names that stand for a whole format. */
export const NAMED_FORMATS = ['iso8601', 'epochMillis', 'epochSeconds'] as const;

export const PATTERN_LETTERS = [
  'yyyy',
  'yy',
  'MMM',
  'MM',
  'M',
  'dd',
  'd',
  'HH',
  'H',
  'hh',
  'h',
  'mm',
  'm',
  'ss',
  's',
  'SSS',
  'a',
  'EEE',
  'XXX',
  'X',
] as const;

/** The same as one expression for the API server, which alone accepts pieces run together, such as yyyyyy. */
export const FORMAT_CEL = `self in [${NAMED_FORMATS.map((name) => `'${name}'`).join(', ')}] || self.matches("^([^A-Za-z']|'[^']*'|${PATTERN_LETTERS.join('|')}|S{4,9})+$")`;

/** A pattern's pieces: letters, quoted text, or one other character. */
const PIECE = /'[^']*'|([A-Za-z])\1*|[^A-Za-z]/g;

const isNamed = (format: string): boolean => (NAMED_FORMATS as readonly string[]).includes(format);

const letterRuns = (format: string): string[] => (format.match(PIECE) ?? []).filter((piece) => /^[A-Za-z]/.test(piece));

const isKnown = (run: string): boolean => /^S{3,9}$/.test(run) || (PATTERN_LETTERS as readonly string[]).includes(run);

/** What is wrong with the letters of a pattern, as "… in FORMAT", or undefined. */
export function unknownLetters(format: string): string | undefined {
  if (isNamed(format)) return undefined;
  if ((format.split("'").length - 1) % 2 === 1) return `an open quote in ${format}`;
  const run = letterRuns(format).find((piece) => !isKnown(piece));
  return run === undefined ? undefined : `${run} in ${format}${run.length > 1 ? suggestion(run, PATTERN_LETTERS) : ''}`;
}

const has = (runs: readonly string[], letters: RegExp): boolean => runs.some((run) => letters.test(run));

/** What keeps a sound pattern from being read as a timestamp or date, or undefined. */
export function unreadable(format: string, kind: 'timestamp' | 'date'): string | undefined {
  if (isNamed(format)) return kind === 'date' ? 'must be a pattern such as yyyy-MM-dd for a date' : undefined;
  const runs = letterRuns(format);
  if (!has(runs, /^y/) || !has(runs, /^M/) || !has(runs, /^d/))
    return 'must have a year, a month and a day (yyyy, MM, dd)';
  if (has(runs, /^h/) && !has(runs, /^a/)) return 'must have a (AM or PM) beside hh, or HH in its place';
  if (kind === 'date' && has(runs, /^[HhmsSaX]/)) return 'must have no time of day for a date';
  return undefined;
}

/** What keeps a sound pattern from printing a date, which has no time of day, or undefined. */
export function unprintableDate(format: string): string | undefined {
  const timed = isNamed(format) || has(letterRuns(format), /^[HhmsSaX]/);
  return timed ? 'must have no time of day for a date' : undefined;
}

/** Whether this machine's time zone data knows the name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
