/**
 * Where the operators of cel-js 8.0.0 leave the CEL specification, its checked nodes are bound anew: results outside 64
 * bits (−x, x / −1) or outside the years 0001–9999 fail; durations add, subtract and compare by their exact length (there,
 * negative ones carry wrongly); text is ordered by code points, not UTF-16 units.
 */
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { isInstant, MAX_DURATION } from './instant.ts';
import { fitsInt } from './int-kernels.ts';
import { walk } from './syntax.ts';
import type { CelNode, OperatorHandle } from './syntax.ts';

const GIGA = 1_000_000_000n;
const MEGA = 1_000_000n;
const MAX_NANOS = BigInt(MAX_DURATION) * MEGA;

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const EQUALITIES: ReadonlySet<string> = new Set(['==', '!=']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '-_']);

export function bindOperators(root: CelNode): void {
  walk(root, (node) => {
    const { op, handle } = node;
    if (!handle) return;
    if (ARITHMETIC.has(op)) node.handle = inRange(op, handle);
    else if (op in ORDERS) node.handle = byCodePoint(ORDERS[op]!, handle);
    else if (EQUALITIES.has(op)) node.handle = byLength(op === '==', handle);
  });
}

function inRange(op: string, handle: OperatorHandle): OperatorHandle {
  return (left, right, ...rest) => {
    const result = isTime(left) && isTime(right) ? timeArithmetic(op, left, right) : handle(left, right, ...rest);
    if (typeof result === 'bigint' && !fitsInt(result)) throw new RangeError('integer overflow');
    return result;
  };
}

const isTime = (value: unknown): value is Date | Duration => value instanceof Date || value instanceof Duration;

const nanosOf = (duration: Duration): bigint => duration.seconds * GIGA + BigInt(Math.trunc(duration.nanos));

function timeArithmetic(op: string, left: Date | Duration, right: Date | Duration): Date | Duration {
  const sign = op === '-' ? -1n : 1n;
  const isInterval = left instanceof Duration === right instanceof Duration && (left instanceof Duration || op === '-');
  const nanos = totalNanos(left) + sign * totalNanos(right);
  if (isInterval) return durationOf(nanos);
  const millis = Number(nanos >= 0n || nanos % MEGA === 0n ? nanos / MEGA : nanos / MEGA - 1n);
  if (!isInstant(millis)) throw new RangeError('timestamp out of range');
  return new Date(millis);
}

const totalNanos = (time: Date | Duration): bigint =>
  time instanceof Date ? BigInt(time.getTime()) * MEGA : nanosOf(time);

function durationOf(nanos: bigint): Duration {
  if (nanos > MAX_NANOS || nanos < -MAX_NANOS) throw new RangeError('duration out of range');
  return new Duration(nanos / GIGA, Number(nanos % GIGA));
}

function byCodePoint(holds: (order: number) => boolean, handle: OperatorHandle): OperatorHandle {
  return (left, right, ...rest) =>
    typeof left === 'string' && typeof right === 'string'
      ? holds(compareText(left, right))
      : handle(left, right, ...rest);
}

function compareText(left: string, right: string): number {
  const common = Math.min(left.length, right.length);
  for (let i = 0; i < common; i++) {
    const x = left.charCodeAt(i);
    const y = right.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points beyond all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

function byLength(wanted: boolean, handle: OperatorHandle): OperatorHandle {
  return (left, right, ...rest) =>
    left instanceof Duration && right instanceof Duration
      ? (nanosOf(left) === nanosOf(right)) === wanted
      : handle(left, right, ...rest);
}
