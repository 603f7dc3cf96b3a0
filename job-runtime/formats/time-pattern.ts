/**
 * The language of time formats (docs/semantics.md, section 2): a pattern such as `MM/dd/yy HH:mm` as a list of parts.
 * Parsers and formatters are compiled from the parts; nobody looks at the pattern's text after that.
 */

/** Formats with a name of their own are no patterns. */
export type NamedFormat = 'iso8601' | 'epochMillis' | 'epochSeconds';

export type TimeUnit =
  | 'literal'
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'weekdayName'
  | 'hour'
  | 'hour12'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'meridiem'
  | 'offset';

export interface PatternPart {
  readonly unit: TimeUnit;
  /** How many letters: fixed digits when 2 or more, one or two digits when 1; for `offset` 3 means with a colon. */
  readonly width: number;
  /** The bytes of a literal; empty for anything else. */
  readonly literal: Uint8Array;
}

export const MONTH_NAMES = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;
/** From Sunday, as `weekdayOf` counts. */
export const WEEKDAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const UNITS: ReadonlyMap<string, TimeUnit> = new Map([
  ['yyyy', 'year'],
  ['yy', 'shortYear'],
  ['MM', 'month'],
  ['M', 'month'],
  ['MMM', 'monthName'],
  ['dd', 'day'],
  ['d', 'day'],
  ['EEE', 'weekdayName'],
  ['HH', 'hour'],
  ['H', 'hour'],
  ['hh', 'hour12'],
  ['h', 'hour12'],
  ['mm', 'minute'],
  ['m', 'minute'],
  ['ss', 'second'],
  ['s', 'second'],
  ['a', 'meridiem'],
  ['X', 'offset'],
  ['XXX', 'offset'],
]);
const MAX_FRACTION = 9;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

function isNamedFormat(format: string): format is NamedFormat {
  return format === 'iso8601' || format === 'epochMillis' || format === 'epochSeconds';
}

/** The parts of a pattern. Throws a RangeError that says what is wrong with it. */
export function parsePattern(pattern: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  let text = '';
  for (const piece of piecesOf(pattern)) {
    if (piece.literal) text += piece.text;
    else {
      if (text !== '') parts.push({ unit: 'literal', width: 0, literal: encoder.encode(text) });
      text = '';
      parts.push({ unit: unitOf(piece.text), width: piece.text.length, literal: NOTHING });
    }
  }
  if (text !== '') parts.push({ unit: 'literal', width: 0, literal: encoder.encode(text) });
  return parts;
}

/** What is wrong with a format, or undefined. Whether it suits a certain use is for the schema to say. */
export function patternProblem(format: string): string | undefined {
  if (isNamedFormat(format)) return undefined;
  try {
    parsePattern(format);
    return undefined;
  } catch (problem) {
    return (problem as RangeError).message;
  }
}

function unitOf(letters: string): TimeUnit {
  const unit = UNITS.get(letters);
  if (unit) return unit;
  if (letters.startsWith('S') && letters.length <= MAX_FRACTION) return 'fraction';
  throw new RangeError(`"${letters}" means nothing in a time format; put literal letters in single quotes`);
}

interface Piece {
  readonly literal: boolean;
  readonly text: string;
}

/** Runs of one letter, quoted texts and other characters. The T of ISO 8601 may stand without quotes. */
function* piecesOf(pattern: string): Generator<Piece> {
  const piece = /'([^']*)'|([A-SU-Za-z])\2*|[^']/gy;
  while (piece.lastIndex < pattern.length) {
    const match = piece.exec(pattern);
    if (!match) throw new RangeError('has a single quote that is never closed');
    const [whole, quoted, letter] = match;
    if (quoted !== undefined) yield { literal: true, text: quoted };
    else yield { literal: letter === undefined, text: whole };
  }
}
