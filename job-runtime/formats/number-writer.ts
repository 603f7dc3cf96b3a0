/** Numbers and booleans as text, in the shortest form that reads back as the same value: one form for csv, json and keys. */
import { WIDE } from '../engine/column.ts';
import type { NumberColumn } from '../engine/column.ts';
import type { ByteWriter } from './byte-writer.ts';

/** Writes a cell that is not null. */
export type NumberWriter = (column: NumberColumn, row: number, writer: ByteWriter) => void;

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
/** Doubles below the limit, with no more fraction digits than these, are printed without a string. */
const FAST_DIGITS = 6;
const FAST_POWER = 10 ** FAST_DIGITS;
const FAST_LIMIT = 1e9;
const TRUE = Uint8Array.from([116, 114, 117, 101]);
const FALSE = Uint8Array.from([102, 97, 108, 115, 101]);

export function writeLong(column: NumberColumn, row: number, writer: ByteWriter): void {
  const value = column.values[row]!;
  if (value === WIDE) writeAscii(column.wide.get(row)!.toString(), writer);
  else writer.integer(value);
}

export function writeBoolean(column: NumberColumn, row: number, writer: ByteWriter): void {
  if (column.values[row] === 1) writer.slice(TRUE, 0, 4);
  else writer.slice(FALSE, 0, 5);
}

/** As JavaScript prints it: the shortest digits that give the same double. */
export function writeDouble(column: NumberColumn, row: number, writer: ByteWriter): void {
  const value = column.values[row]!;
  if (Number.isSafeInteger(value)) return writer.integer(value);
  const size = Math.abs(value);
  let mantissa = size < FAST_LIMIT ? Math.round(size * FAST_POWER) : 0;
  // At most 15 digits that give this double: no other 15 digits do, so without their trailing zeros they are the shortest.
  if (mantissa / FAST_POWER !== size) return writeAscii(String(value), writer);
  let digits = FAST_DIGITS;
  let power = FAST_POWER;
  for (let rest = Math.floor(mantissa / 10); rest * 10 === mantissa; rest = Math.floor(mantissa / 10)) {
    mantissa = rest;
    power /= 10;
    digits--;
  }
  if (value < 0) writer.byte(MINUS);
  const whole = Math.floor(mantissa / power);
  writer.integer(whole);
  writer.byte(POINT);
  writer.padded(mantissa - whole * power, digits);
}

/** Unscaled integers with exactly `scale` fraction digits. */
export function decimalWriter(scale: number): NumberWriter {
  if (scale === 0) return writeLong;
  const power = 10 ** scale;
  return (column, row, writer) => {
    const value = column.values[row]!;
    if (value === WIDE) return writeScaled(column.wide.get(row)!, scale, writer);
    // Beyond nine fraction digits `padded` would leave the range of small integers.
    if (scale > 9) return writeScaled(BigInt(value), scale, writer);
    if (value < 0) writer.byte(MINUS);
    const size = Math.abs(value);
    const whole = Math.floor(size / power);
    writer.integer(whole);
    writer.byte(POINT);
    writer.padded(size - whole * power, scale);
  };
}

function writeScaled(unscaled: bigint, scale: number, writer: ByteWriter): void {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, String.fromCharCode(ZERO));
  const point = digits.length - scale;
  writeAscii(`${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`, writer);
}

function writeAscii(text: string, writer: ByteWriter): void {
  writer.reserve(text.length);
  const { bytes, length } = writer;
  for (let i = 0; i < text.length; i++) bytes[length + i] = text.charCodeAt(i);
  writer.length = length + text.length;
}
