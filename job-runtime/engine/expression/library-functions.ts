/**
 * The functions of cel-js that we replace or add, for all expressions, compiled or not. Replaced: `matches` (RegExp there,
 * RE2 here), lowerAscii and upperAscii (they change letters beyond ASCII there), positions in text (UTF-16 units there),
 * int() (no range check, odd texts), double() (hexadecimal texts), string() of bytes that are no UTF-8, timestamp() and
 * the getters (they depend on the machine's own time zone there). Added: int() and string() of timestamps, format() and
 * parseTimestamp().
 */
import type { Duration, Environment, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { zoneOf } from '../../formats/time-zone.ts';
import { DURATION, TIMESTAMP } from './cel-types.ts';
import { isInstant, parseInstant, printInstant } from './instant.ts';
import { fitsInt } from './int-kernels.ts';
import { convertDoubleToInt, parseDouble, parseInt64 } from './number-text.ts';
import { compilePatternCached } from './pattern.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import type { Overload } from './text-functions.ts';
import { formatTime, parseTime } from './time-text.ts';
import { DURATION_GETTERS, TIMESTAMP_GETTERS } from './time-kernels.ts';

/** A value that does not exist fails the row. */
class NoValue extends Error {}

function required<T>(value: T | undefined): T {
  if (value === undefined || value !== value) throw new NoValue('no such value');
  return value;
}

function instant(millis: number): Date {
  if (!isInstant(millis)) throw new NoValue('no such timestamp');
  return new Date(millis);
}

const REPLACEMENTS: readonly Overload[] = [
  ['string.matches(string): bool', (text: string, pattern: string) => compilePatternCached(pattern).test(text)],
  ...TEXT_FUNCTIONS,
  [`string(${TIMESTAMP}): string`, (time: Date) => printInstant(time.getTime())],
  ['int(int): int', (value: bigint) => value],
  ['int(double): int', (value: number) => required(convertDoubleToInt(value))],
  ['int(string): int', (text: string) => required(parseInt64(text))],
  ['int(uint): int', (value: UnsignedInt) => required(fitsInt(value.value) ? value.value : undefined)],
  [`int(${TIMESTAMP}): int`, (time: Date) => BigInt(Math.floor(time.getTime() / 1000))],
  ['double(double): double', (value: number) => value],
  ['double(int): double', (value: bigint) => Number(value)],
  ['double(uint): double', (value: UnsignedInt) => Number(value.value)],
  ['double(string): double', (text: string) => doubleOrThrow(text)],
  [`timestamp(string): ${TIMESTAMP}`, (text: string) => instant(parseInstant(text))],
  [`timestamp(int): ${TIMESTAMP}`, (seconds: bigint) => instant(Number(seconds) * 1000)],
  [`timestamp(${TIMESTAMP}): ${TIMESTAMP}`, (time: Date) => time],
  ...timestampGetters(),
  ...durationGetters(),
];

const ADDITIONS: readonly Overload[] = [
  [`format(${TIMESTAMP}, string): string`, (time: Date, pattern: string) => formatTime(pattern, 'UTC', time.getTime())],
  [
    `format(${TIMESTAMP}, string, string): string`,
    (time: Date, pattern: string, zone: string) => formatTime(pattern, zone, time.getTime()),
  ],
  [
    `parseTimestamp(string, string): ${TIMESTAMP}`,
    (text: string, pattern: string) => new Date(required(parseTime(pattern, 'UTC', text))),
  ],
  [
    `parseTimestamp(string, string, string): ${TIMESTAMP}`,
    (text: string, pattern: string, zone: string) => new Date(required(parseTime(pattern, zone, text))),
  ],
];

/** NaN is a value of text `nan`. */
function doubleOrThrow(text: string): number {
  const value = parseDouble(text);
  if (value === undefined) throw new NoValue('no such double');
  return value;
}

function timestampGetters(): Overload[] {
  return Object.entries(TIMESTAMP_GETTERS).flatMap(([name, field]): Overload[] => [
    [`${TIMESTAMP}.${name}(): int`, (time: Date) => BigInt(field(time.getTime()))],
    [
      `${TIMESTAMP}.${name}(string): int`,
      (time: Date, zone: string) => BigInt(field(time.getTime() + zoneOf(zone).offsetAt(time.getTime()))),
    ],
  ]);
}

function durationGetters(): Overload[] {
  return Object.keys(DURATION_GETTERS).map((name): Overload => [
    `${DURATION}.${name}(): int`,
    (duration: Duration) => duration[name as keyof typeof DURATION_GETTERS](),
  ]);
}

const nameOf = (signature: string): string => /(\w+)\(/.exec(signature)![1]!;

const REPLACED: ReadonlySet<string> = new Set(REPLACEMENTS.map(([signature]) => nameOf(signature)));

const SUFFIX = '__checked';

/** cel-js refuses a second overload of a signature, so calls to a replaced function go to another name. */
export const replacementName = (name: string): string => (REPLACED.has(name) ? name + SUFFIX : name);

/** Undoes replacementName in messages. */
export const originalNames = (message: string): string => message.replaceAll(SUFFIX, '');

export function registerFunctions(environment: Environment): void {
  const sync = { async: false };
  for (const [signature, handler] of REPLACEMENTS)
    environment.registerFunction(signature.replace('(', `${SUFFIX}(`), handler, sync);
  for (const [signature, handler] of ADDITIONS) environment.registerFunction(signature, handler, sync);
}
