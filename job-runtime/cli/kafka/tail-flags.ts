/** From the flags of `streamjob tail` to what is asked for, or to all that is wrong with them. */
import { Instant } from '../../../crds/common.ts';
import type { Flags } from '../arguments.ts';
import type { LineFormat } from './record-lines.ts';

export type TailStart = 'earliest' | 'latest' | { readonly offset: number } | { readonly time: number };

export interface TailOptions {
  readonly from: TailStart;
  /** Absent: all of them. */
  readonly partition: number | undefined;
  /** Ends after so many records; absent: it does not. */
  readonly count: number | undefined;
  /** Ends when all is printed that was there at the start. */
  readonly untilEnd: boolean;
  readonly format: LineFormat;
}

export function tailOptions(flags: Flags): TailOptions | { readonly complaints: readonly string[] } {
  const complaints: string[] = [];
  /** `rule`: what a value must be, for one that `parse` cannot take. */
  const read = <T>(name: string, rule: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = flags.get(name)?.at(-1);
    const parsed = text === undefined ? undefined : parse(text);
    if (text !== undefined && parsed === undefined) complaints.push(`--${name} must be ${rule}; got ${text}`);
    return parsed;
  };
  const from = read('from', 'earliest, latest, a time such as 2024-01-31T08:00:00Z, or an offset', startOf);
  const partition = read('partition', 'the number of a partition, from 0 on', integer);
  const count = read('count', 'at least 1', (text) => integer(text) || undefined);
  const format = read('format', 'text or json', (text) => FORMATS.find((name) => name === text));
  if (typeof from === 'object' && 'offset' in from && !flags.has('partition'))
    complaints.push('--from OFFSET is the offset of one partition: add --partition N');
  if (complaints.length > 0) return { complaints };
  return { from: from ?? 'latest', partition, count, untilEnd: flags.has('until-end'), format: format ?? 'text' };
}

const FORMATS = ['text', 'json'] as const satisfies readonly LineFormat[];

const integer = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

function startOf(text: string): TailStart | undefined {
  if (text === 'earliest' || text === 'latest') return text;
  const offset = integer(text);
  if (offset !== undefined) return { offset };
  return Instant.safeParse(text).success ? { time: Date.parse(text) } : undefined;
}
