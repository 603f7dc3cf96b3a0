/** The contract of the decoders: bytes of records to columns. */
import type { ColumnBatch, Field } from '../engine/column.ts';
import type { RecordBatch } from '../record.ts';

export interface Decoder {
  /** The fields that are decoded, in the schema's order; `errorField` in a bad row is an index into this list. */
  readonly fields: readonly Field[];
  /**
   * Fills rows [0, batch.count) of `out`: count, partition, offset, the columns of `fields`, error and errorField (each
   * row's, 0 / −1 when good), and `rows`/`selected` with the good rows. Slices point into the batch's bytes (or into a
   * buffer that the decoder owns until its next call). Does not touch other columns.
   */
  decode(batch: RecordBatch, out: ColumnBatch): void;
}
