/** What a field can hold, and the few things that the interpreter does with any of it. */

/** A decimal is its unscaled integer: 1.50 of decimal(2) is 150. Values of one field share its scale. */
export class Decimal {
  readonly unscaled: bigint;
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }
}

/** An array or map is its JSON text. */
export class Json {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** int and long are bigint, double is number, timestamp and date are Date, bytes are Buffer. */
export type Value = bigint | number | string | boolean | Date | Buffer | Decimal | Json | null;
export type Fields = Readonly<Record<string, Value>>;
export type Plain = bigint | number | string | boolean | null;

/** The value as a result shows it: times in milliseconds, decimals unscaled, bytes in base64. */
export function plain(value: Value): Plain {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Decimal) return value.unscaled;
  if (value instanceof Json) return value.text;
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

/** Equal values, and only they, have equal texts; null equals null. */
export const identity = (values: readonly Value[]): string =>
  JSON.stringify(values.map((value) => (value === null ? null : String(plain(value)))));

/** null first, then by value; text and bytes by their bytes. */
export function compare(left: Value, right: Value): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (typeof left === 'string' || Buffer.isBuffer(left))
    return Buffer.compare(Buffer.from(left as string), Buffer.from(right as string));
  const [a, b] = [plain(left)!, plain(right)!];
  return Number(a > b) - Number(a < b);
}

export const toNumber = (value: Value): number =>
  value instanceof Decimal ? Number(`${value.unscaled}e-${value.scale}`) : Number(value);

/** left + sign × right, exact but for doubles. */
export function plus(left: Value, right: Value, sign: 1 | -1 = 1): Value {
  if (left instanceof Decimal && right instanceof Decimal)
    return new Decimal(left.unscaled + BigInt(sign) * right.unscaled, left.scale);
  if (typeof left === 'bigint' && typeof right === 'bigint') return left + BigInt(sign) * right;
  return Number(left) + sign * Number(right);
}

/** Absolute value, comparable with numbers. */
export function magnitude(value: Value): bigint | number {
  if (typeof value === 'bigint') return value < 0n ? -value : value;
  return Math.abs(toNumber(value));
}

/** What expressions see: the fields by their names, and all of them as `record`. */
export function celInput(fields: Fields): Record<string, unknown> {
  const record = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, celValue(value)]));
  return { ...record, record };
}

function celValue(value: Value): unknown {
  if (value instanceof Decimal) return toNumber(value);
  return value instanceof Json ? (JSON.parse(value.text) as unknown) : value;
}

/** What a CEL expression gave, as a field's value. Throws where no field can hold it. */
export function celResult(result: unknown): Value {
  if (result === null || typeof result === 'string' || typeof result === 'boolean' || result instanceof Date)
    return result;
  if (typeof result === 'bigint' && BigInt.asIntN(64, result) === result) return result;
  if (typeof result === 'number' && Number.isFinite(result)) return result + 0;
  throw new RangeError('neither a 64-bit integer nor a finite number, text, boolean or time');
}
