/** Field types and CEL types: which is which, and what an expression's result becomes. */
import type { FieldType } from '../../../crds/field-type.ts';
import type { CelType } from './syntax.ts';

export const TIMESTAMP = 'google.protobuf.Timestamp';
export const DURATION = 'google.protobuf.Duration';

/** The types whose values kernels hold in columns. A duration is whole milliseconds. */
export type KernelType = 'bool' | 'int' | 'double' | 'string' | 'bytes' | 'timestamp' | 'duration';

const SCALARS = {
  string: 'string',
  bytes: 'bytes',
  boolean: 'bool',
  int: 'int',
  long: 'int',
  double: 'double',
  decimal: 'double',
  timestamp: TIMESTAMP,
  date: TIMESTAMP,
} as const;

/** A decimal is a double in expressions: CEL has no exact fractions. */
export function celTypeOf(type: FieldType): string {
  if (type.kind === 'array') return `list<${celTypeOf(type.element)}>`;
  if (type.kind === 'map') return `map<string, ${celTypeOf(type.element)}>`;
  return SCALARS[type.kind];
}

const KERNEL_TYPES: ReadonlyMap<string, KernelType> = new Map<string, KernelType>([
  ['bool', 'bool'],
  ['int', 'int'],
  ['double', 'double'],
  ['string', 'string'],
  ['bytes', 'bytes'],
  [TIMESTAMP, 'timestamp'],
  [DURATION, 'duration'],
]);

export function kernelTypeOf(type: CelType | undefined): KernelType | undefined {
  return type && KERNEL_TYPES.get(type.name);
}

const RESULTS: Readonly<Record<string, FieldType>> = {
  bool: { kind: 'boolean' },
  int: { kind: 'long' },
  double: { kind: 'double' },
  string: { kind: 'string' },
  bytes: { kind: 'bytes' },
  [TIMESTAMP]: { kind: 'timestamp' },
};

/** The type of the field that holds a result of this type; undefined if none can. */
export function fieldTypeOf(type: CelType): FieldType | undefined {
  const element = type.valueType && RESULTS[type.valueType.name];
  if (type.kind === 'list') return element && { kind: 'array', element };
  if (type.kind === 'map') return type.keyType?.name === 'string' ? element && { kind: 'map', element } : undefined;
  return RESULTS[type.name];
}
