/** format() and parseTimestamp(): times as text in the patterns of docs/semantics.md, section 2. */
import { ByteWriter } from '../../formats/byte-writer.ts';
import { compileTimestampFormatter } from '../../formats/time-formatter.ts';
import type { TimeFormatter } from '../../formats/time-formatter.ts';
import { compileTimestampParser } from '../../formats/time-parser.ts';
import type { TimeParser } from '../../formats/time-parser.ts';
import { patternProblem } from '../../formats/time-pattern.ts';
import { zoneOf } from '../../formats/time-zone.ts';
import type { NumberKernel, SliceKernel } from './vector.ts';
import { numberToTextKernel, textToNumberKernel } from './conversion-kernels.ts';

const MAX_CACHED = 64;

function cached<T>(compile: (pattern: string, zone: string) => T): (pattern: string, zone: string) => T {
  const compiled = new Map<string, T>();
  return (pattern, zone) => {
    const key = `${zone}\n${pattern}`;
    let entry = compiled.get(key);
    if (entry === undefined) {
      entry = compile(pattern, zone);
      if (compiled.size === MAX_CACHED) compiled.clear();
      compiled.set(key, entry);
    }
    return entry;
  };
}

const formatterOf = cached<TimeFormatter>((pattern, zone) => compileTimestampFormatter(pattern, zone));
const parserOf = cached<TimeParser>((pattern, zone) => compileTimestampParser(pattern, zone));

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function formatTime(pattern: string, zone: string, millis: number): string {
  const writer = new ByteWriter(64);
  formatterOf(pattern, zone)(millis, writer);
  return decoder.decode(writer.bytes.subarray(0, writer.length));
}

/** NaN if the text is no such time. */
export function parseTime(pattern: string, zone: string, text: string): number {
  const bytes = encoder.encode(text);
  return parserOf(pattern, zone)(bytes, 0, bytes.length);
}

/** What is wrong with a constant pattern or zone; undefined if nothing is. */
export function timeTextProblem(pattern: string, zone: string): string | undefined {
  const problem = patternProblem(pattern);
  return problem === undefined ? zoneProblem(zone) : `the time format ${JSON.stringify(pattern)}: ${problem}`;
}

export function zoneProblem(zone: string): string | undefined {
  try {
    zoneOf(zone);
    return undefined;
  } catch {
    return `${JSON.stringify(zone)} is no time zone`;
  }
}

export function formatKernel(input: NumberKernel, pattern: string, zone: string): SliceKernel {
  const write = compileTimestampFormatter(pattern, zone);
  return numberToTextKernel((column, row, { writer }) => write(column.values[row]!, writer), input);
}

export function parseKernel(input: SliceKernel, pattern: string, zone: string): NumberKernel {
  const parse = compileTimestampParser(pattern, zone);
  return textToNumberKernel((column, out, row) => {
    out.values[row] = parse(column.bytes, column.start[row]!, column.end[row]!);
  }, input);
}
