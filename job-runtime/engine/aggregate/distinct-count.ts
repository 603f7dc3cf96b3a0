/** countDistinct: a HyperLogLog per group over the values' canonical bytes (those of group keys). */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch, Field, NumberColumn } from '../column.ts';
import { isNull } from '../column.ts';
import { GroupKey } from '../group-key.ts';
import { hashBytes } from '../key-table.ts';
import { HyperLogLog } from './hyperloglog.ts';
import { SketchPerGroup } from './sketch-per-group.ts';

const SECOND_SEED = 0x5bd1e995;

export class DistinctCount extends SketchPerGroup<HyperLogLog> {
  private readonly key: GroupKey;
  private readonly slot: number;

  constructor(input: Field) {
    super(() => new HyperLogLog());
    this.key = new GroupKey([input]);
    this.slot = input.slot;
  }

  emit(id: number, out: Column, row: number): void {
    (out as NumberColumn).values[row] = this.find(id)?.count() ?? 0;
  }

  protected add(id: number, batch: ColumnBatch, row: number): void {
    if (isNull(batch.columns[this.slot]!, row)) return;
    const length = this.key.encode(batch, row);
    const { bytes } = this.key;
    this.of(id).add(hashBytes(bytes, 0, length), hashBytes(bytes, 0, length, SECOND_SEED));
  }

  protected mergeSketch(into: HyperLogLog, other: HyperLogLog): void {
    into.merge(other);
  }

  protected writeSketch(sketch: HyperLogLog, out: BinaryWriter): void {
    sketch.write(out);
  }

  protected readSketch(from: BinaryReader): HyperLogLog {
    return HyperLogLog.read(from);
  }
}
