/** An outbox for rows STATION, ENTRIES as csv. */
import type { ColumnBatch, Field, NumberColumn, SliceColumn } from '../../job-runtime/engine/column.ts';
import { appendSlice, createColumnBatch } from '../../job-runtime/engine/column.ts';
import { createRowEncoder } from '../../job-runtime/formats/row-encoder.ts';
import { BatchNames } from '../../job-runtime/outbox/batch-names.ts';
import type { OutboxPlan } from '../../job-runtime/outbox/outbox.ts';
import { Outbox } from '../../job-runtime/outbox/outbox.ts';

const FIELDS: readonly Field[] = [
  { name: 'STATION', type: { kind: 'string' }, slot: 0 },
  { name: 'ENTRIES', type: { kind: 'long' }, slot: 1 },
];

export type Row = readonly [station: string, entries: number];

export function batchOf(rows: readonly Row[]): ColumnBatch {
  const batch = createColumnBatch([{ kind: 'string' }, { kind: 'long' }], rows.length);
  rows.forEach(([station, entries], row) => {
    appendSlice(batch.columns[0] as SliceColumn, row, new TextEncoder().encode(station));
    (batch.columns[1] as NumberColumn).values[row] = entries;
    batch.rows[row] = row;
  });
  batch.count = rows.length;
  batch.selected = rows.length;
  return batch;
}

export const numbered = (count: number): Row[] => Array.from({ length: count }, (_, index) => [`S${index}`, index]);

export function outbox(plan: Partial<OutboxPlan> = {}): Outbox {
  return new Outbox({
    names: new BatchNames({ job: 'turnstile', task: 1, extension: '.csv' }),
    encoder: createRowEncoder(
      'csv',
      FIELDS.map((field) => ({ name: field.name, field })),
    ),
    header: false,
    gzip: false,
    byWindow: false,
    maxRows: 3,
    ...plan,
  });
}
