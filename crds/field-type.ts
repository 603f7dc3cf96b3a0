/** The types of fields as manifests write them: `long`, `decimal(2)`, `array<long>`. */
import * as z from 'zod';

export type ScalarKind = 'string' | 'boolean' | 'int' | 'long' | 'double' | 'timestamp' | 'date' | 'bytes';
export type FieldType =
  | Readonly<{ kind: ScalarKind }>
  | Readonly<{ kind: 'decimal'; scale: number }>
  | Readonly<{ kind: 'array' | 'map'; element: FieldType }>;
export type FieldKind = FieldType['kind'];

const SCALAR = '(string|boolean|int|long|double|timestamp|date|bytes|decimal\\(([0-9]|[12][0-9]|3[0-8])\\))';
const FIELD_TYPE = new RegExp(`^(${SCALAR}|(array|map)<${SCALAR}>)$`);

/** Throws a RangeError on anything that is not a type: a parsed manifest holds only valid ones. */
export function parseFieldType(text: string): FieldType {
  if (!FIELD_TYPE.test(text)) throw new RangeError(`not a field type: ${JSON.stringify(text)}`);
  const nested = /^(array|map)<(.*)>$/.exec(text);
  if (nested) return { kind: nested[1] as 'array' | 'map', element: parseFieldType(nested[2]!) };
  const decimal = /^decimal\((\d+)\)$/.exec(text);
  return decimal ? { kind: 'decimal', scale: Number(decimal[1]) } : { kind: text as ScalarKind };
}

export const isNumeric = ({ kind }: FieldType): boolean =>
  kind === 'int' || kind === 'long' || kind === 'double' || kind === 'decimal';

export const isTime = ({ kind }: FieldType): boolean => kind === 'timestamp' || kind === 'date';

export const FieldTypeText = z
  .string()
  .max(32)
  .regex(
    FIELD_TYPE,
    'must be string, boolean, int, long, double, decimal(SCALE), timestamp, date, bytes, array<TYPE> or map<TYPE>',
  );
