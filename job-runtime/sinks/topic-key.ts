/** The record key of results on a topic: the columns that `key` names, or the groups of the window. */
import { pathText } from '../../crds/problem.ts';
import type { Problem } from '../../crds/problem.ts';
import { suggestion } from '../../crds/nearest.ts';
import type { ColumnBatch, Field } from '../engine/column.ts';
import { isNull } from '../engine/column.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import { createKeyEncoder } from '../formats/key-codec.ts';
import type { KeyEncoder } from '../formats/key-codec.ts';
import type { OutputColumn } from '../formats/row-encoder.ts';

export interface KeyChoice {
  /** Names of columns or, where there is no such column, of fields of the result row. */
  readonly key?: readonly string[] | undefined;
  readonly columns: readonly OutputColumn[];
  readonly resultFields: readonly Field[];
  /** The groups of the window; empty without a window. */
  readonly groupBy: readonly Field[];
}

/** The fields that make the key, each as its column prints it; none: records have no key. */
export function keyFields({ key, columns, resultFields, groupBy }: KeyChoice): readonly Field[] {
  const fieldOf = (name: string): Field | undefined => resultFields.find((field) => field.name === name);
  if (!key) return groupBy.flatMap(({ name }) => fieldOf(name) ?? []);
  return key.flatMap((name) => printedField(columns.find((column) => column.name === name)) ?? fieldOf(name) ?? []);
}

function printedField(column: OutputColumn | undefined): Field | undefined {
  if (!column) return undefined;
  const { name, field, format, timezone } = column;
  return {
    ...field,
    name,
    ...(format === undefined ? {} : { format }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}

export function keyProblems({ key, columns, resultFields }: KeyChoice, path: readonly PropertyKey[]): Problem[] {
  const known = [...new Set([...columns, ...resultFields].map(({ name }) => name))];
  return (key ?? []).flatMap((name, index) => {
    if (known.includes(name)) return [];
    const message = `must name a column or a field of the result; got ${JSON.stringify(name)}${suggestion(name, known)}`;
    return [{ path: pathText([...path, index]), message }];
  });
}

/** Writes keys as producers do: one field as its text, where null is no key, and several as a csv line. */
export class TopicKey {
  readonly writer: ByteWriter = new ByteWriter(64);
  private readonly encode: KeyEncoder | undefined;
  private readonly single: Field | undefined;

  constructor(fields: readonly Field[]) {
    this.encode = fields.length === 0 ? undefined : createKeyEncoder(fields.length === 1 ? 'string' : 'joined', fields);
    this.single = fields.length === 1 ? fields[0] : undefined;
  }

  /** Whether the row has a key; it then stands in `writer`. */
  write(batch: ColumnBatch, row: number): boolean {
    const { encode, single, writer } = this;
    if (!encode || (single && isNull(batch.columns[single.slot]!, row))) return false;
    writer.clear();
    encode(batch, row, writer);
    return true;
  }
}
