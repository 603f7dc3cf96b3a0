/**
 * The compiler against the library: random well-typed expressions over random rows (nulls, 64-bit extremes, unicode)
 * must give, row by row, the same value or the same failure. The reference is cel-js with our replacements, and, over
 * the part of the language that needs none, cel-js as it is.
 */
import { describe, expect, test } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js/evaluator';
import fc from 'fast-check';
import { parseFieldType } from '../../../crds/field-type.ts';
import { createColumn, createColumnBatch, exactInteger, isNull, RowError, storeInteger, WIDE } from '../column.ts';
import type { Column, ColumnBatch, Field } from '../column.ts';
import { celTypeOf } from './cel-types.ts';
import { jsonText } from './cell-values.ts';
import { checkExpression, compileExpression } from './compile.ts';
import type { CompiledExpression } from './compile.ts';
import type { Library } from './environment.ts';
import { evaluateRow } from './fallback-kernel.ts';
import { LONGS, TEXTS, ZEROS } from './cells.test-kit.ts';
import { DURATION_GETTERS, TIMESTAMP_GETTERS } from './time-kernels.ts';
import { fieldNameOf, operandsOf } from './syntax.ts';
import type { CelNode } from './syntax.ts';
import { inputsOf } from './tree.ts';

// prettier-ignore
const TYPES = {
  i: 'int', l: 'long', n: 'long', f: 'double', g: 'double', b: 'boolean', c: 'boolean', s: 'string', u: 'string', y: 'bytes',
  t: 'timestamp', w: 'timestamp', d: 'date', m: 'decimal(2)', tags: 'array<long>', names: 'map<string>',
} as const;
type Name = keyof typeof TYPES;
type Cell = bigint | number | boolean | string | Uint8Array | null;
type Row = Record<Name, Cell>;

const FIELDS: readonly Field[] = Object.entries(TYPES).map(([name, type], slot) => ({
  name,
  type: parseFieldType(type),
  slot,
}));
const encoder = new TextEncoder();

function batchOf(rows: readonly Row[]): ColumnBatch {
  const batch = createColumnBatch(
    FIELDS.map(({ type }) => type),
    rows.length,
  );
  Object.assign(batch, { count: rows.length, selected: rows.length });
  rows.forEach((row, at) => {
    batch.rows[at] = at;
    for (const { name, slot } of FIELDS) storeCell(batch.columns[slot]!, at, row[name as Name]);
  });
  return batch;
}

function storeCell(column: Column, row: number, cell: Cell): void {
  if (column.kind === 'number') {
    if (typeof cell === 'bigint') storeInteger(column, row, cell);
    else column.values[row] = cell === null ? NaN : Number(cell);
    return;
  }
  const added = typeof cell === 'string' ? encoder.encode(cell) : ((cell as Uint8Array | null) ?? new Uint8Array(0));
  column.start[row] = cell === null ? -1 : column.bytes.length;
  column.bytes = Buffer.concat([column.bytes, added]);
  column.end[row] = cell === null ? -1 : column.bytes.length;
}

/** A result as text that compares: exact, and without −0 or what no field holds. */
function resultText(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined;
  if (typeof value === 'number') return `double ${value + 0}`;
  if (typeof value === 'string') return `text ${value.toWellFormed()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return `time ${value.getTime()}`;
  return typeof value === 'object' ? `json ${jsonText(value)}` : String(value);
}

function compiledTexts(expression: CompiledExpression, batch: ColumnBatch): (string | undefined)[] {
  const out = createColumn(expression.type, batch.rows.length);
  batch.error.fill(0);
  expression.evaluate(batch, out, 7);
  return [...batch.rows.subarray(0, batch.selected)].map((row) => {
    const failed = batch.error[row] !== RowError.none;
    if (failed) expect([batch.error[row], batch.errorField[row]]).toEqual([RowError.expressionError, 7]);
    if (failed) return undefined;
    return isNull(out, row) ? 'null' : resultText(resultValue(expression, out, row));
  });
}

function resultValue({ type }: CompiledExpression, column: Column, row: number): unknown {
  if (column.kind === 'number') {
    const value = column.values[row]!;
    if (type.kind === 'boolean') return value === 1;
    if (type.kind === 'timestamp') return new Date(value);
    return type.kind === 'long' ? (value === WIDE ? column.wide.get(row) : exactInteger(column, row)) : value;
  }
  const bytes = column.bytes.slice(column.start[row]!, column.end[row]!);
  if (type.kind === 'bytes') return bytes;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return type.kind === 'string' ? text : JSON.parse(text);
}

function libraryTexts(source: string, batch: ColumnBatch): (string | undefined)[] {
  const { tree, library } = checkExpression(source, FIELDS);
  const fallback = { node: tree.root, type: 'json', inputs: inputsOf(tree.root, tree.fields), library } as const;
  const texts = (row: number): string | undefined => resultText(evaluateRow(fallback, batch, row));
  return [...batch.rows.subarray(0, batch.selected)].map(
    (row) => texts(row) ?? (choosesNull(tree.root, library) ? 'null' : undefined),
  );
}

/** Whether the node, for the row that the library was given last, is a choice that ends at a field that is null. */
function choosesNull(node: CelNode, library: Library): boolean {
  if (node.op !== '?:') return false;
  const [condition, whenTrue, whenFalse] = operandsOf(node);
  const decided = attempt(() => library.evaluate(condition!));
  if (typeof decided !== 'boolean') return false;
  const chosen = decided ? whenTrue! : whenFalse!;
  const name = fieldNameOf(chosen);
  return name === undefined ? choosesNull(chosen, library) : library.row.isNull(name);
}

function compile(source: string): CompiledExpression {
  const compiled = compileExpression(source, FIELDS);
  if ('problem' in compiled) throw new Error(`${source}: ${compiled.problem}`);
  return compiled;
}

// Rows

// prettier-ignore
const DOUBLES = [0, 1, -1, 0.5, 1.5, 40, 1e300, -1e300, 2 ** 53, 2 ** 63, -(2 ** 63), 5e-324];
// prettier-ignore
const TIMES = [0, -1, 1, 1_706_688_000_123, -62_135_596_800_000, 253_402_300_799_999, 1_710_054_000_000, 951_782_400_000, -86_400_001];

const nullable = (cell: fc.Arbitrary<Cell>): fc.Arbitrary<Cell> =>
  fc.oneof({ weight: 20, arbitrary: cell }, { weight: 1, arbitrary: fc.constant(null) });
const long = nullable(
  fc.oneof(
    fc.constantFrom(...LONGS),
    fc.bigInt(-100n, 100n),
    fc.bigInt(0n, 100_000n),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  ),
);
const double = nullable(
  fc.oneof(
    fc.constantFrom(...DOUBLES),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
  ),
);
const text = nullable(fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'grapheme', maxLength: 6 })));
const time = nullable(
  fc.oneof(
    fc.constantFrom(...TIMES),
    fc.integer({ min: -2e9, max: 2e9 }).map((seconds) => seconds * 1000),
  ),
);
// prettier-ignore
const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  i: nullable(fc.integer()), l: long, n: long, f: double, g: double, b: nullable(fc.boolean()), c: nullable(fc.boolean()), s: text, u: text,
  y: nullable(fc.uint8Array({ maxLength: 4 })), t: time, w: time, d: nullable(fc.integer({ min: -9000, max: 9000 }).map((day) => day * 86_400_000)),
  m: long, tags: nullable(fc.array(fc.constantFrom(...LONGS), { maxLength: 3 }).map((list) => `[${list.join(',')}]`)),
  names: nullable(fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'é')).map((map) => JSON.stringify(map))),
});

const comparisons = (left: string, right: string): string[] =>
  ['==', '!=', '<', '<=', '>', '>='].map((operator) => `($${left}) ${operator} ($${right})`);

/** Per type: what a leaf is, and what makes one of others, where `$type` stands for an expression of that type. */
// prettier-ignore
const GRAMMAR = {
  bool: {
    leaves: ['true', 'false', 'b', 'c', 'record.b', 's == null', 'null != l', 't != null', 'has(record.f)', 'tags == null'],
    nodes: [
      '!($bool)', '($bool) && ($bool)', '($bool) || ($bool)', '($bool) ? ($bool) : ($bool)', 'bool($bool)',
      ...['bool', 'int', 'double', 'string', 'timestamp', 'duration'].flatMap((type) => comparisons(type, type)),
      ...['==', '!='].map((operator) => `($bytes) ${operator} ($bytes)`),
      ...[...comparisons('int', 'double'), ...comparisons('double', 'int')].filter((template) => !/[!=]= /.test(template) || /[<>]=/.test(template)),
      '($string).contains($string)', '($string).startsWith($string)', '($string).endsWith($string)', '($string).matches("^[a-c]+$")',
      '($string).matches($string)', '($string) in ["a", "ab", "é", ""]', '($double) in [0.5, 1.5]', '($int) in tags',
      '($int) in [1, 2, 9223372036854775807, -9223372036854775808]', 'tags.exists(v, v == ($int))', 'tags.all(v, v > ($int))',
      'bool($string)', '"a" in names', 'dyn($int) == ($double)', 'cel.bind(v, $int, v == v)',
    ],
  },
  int: {
    leaves: ['0', '1', '2', '-1', '7', '9223372036854775807', '-9223372036854775808', '9007199254740993', 'i', 'l', 'n', 'record["l"]'],
    nodes: [
      '($int) + ($int)', '($int) - ($int)', '($int) * ($int)', '($int) / ($int)', '($int) % ($int)', '-($int)', '($bool) ? ($int) : ($int)',
      'size($string)', '($string).size()', 'size($bytes)', 'int($double)', 'int($string)', 'int($timestamp)', 'int($int)', 'size(tags)', 'tags[($int)]',
      ...Object.keys(TIMESTAMP_GETTERS).flatMap((name) => ['', '"America/New_York"', '"+05:30"'].map((zone) => `($timestamp).${name}(${zone})`)),
      ...Object.keys(DURATION_GETTERS).map((name) => `($duration).${name}()`),
      'int(string($int))', '($bytes).size()', '($string).indexOf($string)', '($string).lastIndexOf($string)',
    ],
  },
  double: {
    leaves: ['0.0', '1.5', '-2.5', '1e300', '(0.0 / 0.0)', '(1.0 / 0.0)', 'f', 'g', 'm', 'record.f'],
    nodes: [
      '($double) + ($double)', '($double) - ($double)', '($double) * ($double)', '($double) / ($double)', '-($double)', 'double($int)',
      'double($string)', 'double(string($double))', 'double($double)', '($bool) ? ($double) : ($double)',
    ],
  },
  string: {
    leaves: ['""', '"a"', '"é😀"', '"1.5"', '"2024-01-31T08:00:00+02:00"', 's', 'u', 'record.s'],
    nodes: [
      '($string) + ($string)', '($bool) ? ($string) : ($string)', 'string($int)', 'string($double)', 'string($bool)', 'string($string)',
      '($string).lowerAscii()', '($string).upperAscii()', '($string).trim()', 'string($bytes)', 'names.a', 'string($timestamp)',
      'format($timestamp, "yyyy-MM-dd HH:mm:ss.SSS", "America/New_York")', 'format($timestamp, "d.M.yyyy")', '($string).substring(1)', '($string).substring($int)',
    ],
  },
  bytes: { leaves: ['b"a"', 'b"\\xff"', 'y'], nodes: ['($bytes) + ($bytes)', 'bytes($string)', 'bytes($bytes)', '($bool) ? ($bytes) : ($bytes)'] },
  timestamp: {
    leaves: ['timestamp("2024-03-10T07:00:00Z")', 'timestamp("0001-01-01T00:00:00Z")', 't', 'w', 'd', 'record.t'],
    nodes: [
      '($timestamp) + ($duration)', '($timestamp) - ($duration)', 'timestamp($int)', 'timestamp(string($string))', 'timestamp(string($timestamp))', 'timestamp($timestamp)',
      '($bool) ? ($timestamp) : ($timestamp)', 'parseTimestamp($string, "yyyy-MM-dd")', 'parseTimestamp(format($timestamp, "d.M.yyyy HH:mm"), "d.M.yyyy HH:mm", "Europe/Berlin")',
    ],
  },
  duration: {
    leaves: ['duration("1h")', 'duration("-1.5s")', 'duration("250ms")', 'duration("1us")'],
    nodes: ['($timestamp) - ($timestamp)', '($duration) + ($duration)', '($duration) - ($duration)', '($bool) ? ($duration) : ($duration)', 'duration(string($string))'],
  },
} satisfies Record<string, { leaves: string[]; nodes: string[] }>;
type CelName = keyof typeof GRAMMAR;

/** What cel-js alone gets right, without nulls tests, which it does not have. */
const NEEDS_US =
  /null|has|-\(\$int\)|\$int\) \/|matches|(int|double|timestamp)\(\$|lowerAscii|upperAscii|format|parse|get\w+\("|getDayOfYear|string\(\$(timestamp|bytes)|ndexOf|\$string\) [<>]|duration|dyn|substring|record|\bm\b|-9223372036854775808/;

/** A template with each `$type` filled in. */
function filled(template: string, operand: (type: CelName) => fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pieces = template.split(/\$(\w+)/);
  const parts = pieces.map((piece, index) => (index % 2 === 0 ? fc.constant(piece) : operand(piece as CelName)));
  return fc.tuple(...parts).map((texts) => texts.join(''));
}

function expressions(keep: (template: string) => boolean): Record<CelName, fc.Arbitrary<string>> {
  return fc.letrec<Record<CelName, string>>((tie) => {
    const rule = (name: CelName): fc.Arbitrary<string> => {
      const leaves = fc.constantFrom(...GRAMMAR[name].leaves.filter((leaf) => name === 'duration' || keep(leaf)));
      const nodes = GRAMMAR[name].nodes.filter(keep).map((template) => filled(template, tie));
      const options = { depthSize: 'small', maxDepth: 3, withCrossShrink: true } as const;
      const leaf = { weight: Math.ceil(nodes.length / 2) + 1, arbitrary: leaves };
      return fc.oneof(options, leaf, ...nodes.map((arbitrary) => ({ weight: 1, arbitrary })));
    };
    return Object.fromEntries(Object.keys(GRAMMAR).map((name) => [name, rule(name as CelName)])) as Record<
      CelName,
      fc.Arbitrary<string>
    >;
  });
}

/** One operation on leaves: small, so that many rows and operands can be tried. */
function operations(): fc.Arbitrary<string> {
  const { duration, ...others } = GRAMMAR;
  const templates = [
    ...Object.values(others).flatMap(({ nodes }) => nodes),
    ...duration.nodes.map((template) => `(${template}).getMilliseconds()`),
  ];
  return fc
    .constantFrom(...templates)
    .chain((template) => filled(template, (type) => fc.constantFrom(...GRAMMAR[type].leaves)));
}

const RESULTS = ['bool', 'int', 'double', 'string', 'bytes', 'timestamp'] as const;
const isCopy = (source: string): boolean =>
  FIELDS.some(({ name }) => [name, `record.${name}`, `record["${name}"]`].includes(source));
const isFit = (source: string): boolean =>
  source.length <= 1000 && source.split('tags.').length <= 3 && !isCopy(source);

/** Twice over different batches: nothing may be left in the scratch. */
function expectEqual(source: string, rows: readonly Row[]): void {
  const expression = compile(source);
  for (const batch of [batchOf(rows), batchOf(rows.toReversed())]) {
    expect(compiledTexts(expression, batch)).toEqual(libraryTexts(source, batch));
  }
}

const RUNS = { numRuns: Number(process.env['CEL_RUNS'] ?? 3000) };

describe('a compiled expression', () => {
  test('equals the library row by row', () => {
    const all = expressions(() => true);
    const source = fc.oneof(...RESULTS.map((name) => all[name])).filter(isFit);
    fc.assert(fc.property(source, fc.array(rowArbitrary, { minLength: 1, maxLength: 8 }), expectEqual), RUNS);
  });

  test('equals the library in each operation', () => {
    fc.assert(fc.property(operations(), fc.array(rowArbitrary, { minLength: 20, maxLength: 40 }), expectEqual), RUNS);
  });

  const plain = expressions((template) => !NEEDS_US.test(template));
  const environment = new Environment();
  for (const { name, type } of FIELDS) environment.registerVariable(name, celTypeOf(type));
  test('equals cel-js as it is, where that keeps to CEL', () => {
    const source = fc.oneof(plain.bool, plain.int, plain.double, plain.string, plain.bytes).filter(isFit);
    fc.assert(
      // With nulls there is nothing to compare: a typed variable of the library has none.
      fc.property(source, rowArbitrary.map(withoutNulls), (candidate, row) => {
        const evaluate = environment.parse(candidate);
        expect(evaluate.check().error).toBeUndefined();
        expect(compiledTexts(compile(candidate), batchOf([row]))).toEqual([
          resultText(attempt(() => evaluate(plainContext(row)))),
        ]);
      }),
      RUNS,
    );
  });
});

function withoutNulls(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell ?? ZEROS[name as Name]])) as Row;
}

function attempt(compute: () => unknown): unknown {
  try {
    return compute();
  } catch {
    return undefined;
  }
}

function plainContext(row: Row): Record<string, unknown> {
  const values = FIELDS.filter(({ name }) => row[name as Name] !== null).map(({ name, type }) => {
    const cell = row[name as Name];
    if (type.kind === 'int') return [name, BigInt(cell as number)];
    if (type.kind === 'timestamp' || type.kind === 'date') return [name, new Date(cell as number)];
    if (type.kind === 'array') return [name, (cell as string).slice(1, -1).split(',').filter(Boolean).map(BigInt)];
    return [name, type.kind === 'map' ? JSON.parse(cell as string) : cell];
  });
  return Object.assign(Object.create(null), Object.fromEntries(values));
}
