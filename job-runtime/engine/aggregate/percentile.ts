/** percentile: a DDSketch per group. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch, Field, NumberColumn } from '../column.ts';
import { NULL, WIDE, exactInteger } from '../column.ts';
import { DDSketch } from './ddsketch.ts';
import { SketchPerGroup } from './sketch-per-group.ts';

export class Percentile extends SketchPerGroup<DDSketch> {
  private readonly slot: number;
  private readonly unit: number;
  private readonly p: number;

  constructor(input: Field, p: number) {
    super(() => new DDSketch());
    this.slot = input.slot;
    this.unit = input.type.kind === 'decimal' ? 10 ** input.type.scale : 1;
    this.p = p;
  }

  emit(id: number, out: Column, row: number): void {
    (out as NumberColumn).values[row] = this.find(id)?.quantile(this.p) ?? NULL;
  }

  protected add(id: number, batch: ColumnBatch, row: number): void {
    const column = batch.columns[this.slot] as NumberColumn;
    const value = column.values[row]!;
    if (value !== value) return;
    const isWide = value === WIDE && column.wide.has(row);
    this.of(id).add((isWide ? Number(exactInteger(column, row)) : value) / this.unit);
  }

  protected mergeSketch(into: DDSketch, other: DDSketch): void {
    into.merge(other);
  }

  protected writeSketch(sketch: DDSketch, out: BinaryWriter): void {
    sketch.write(out);
  }

  protected readSketch(from: BinaryReader): DDSketch {
    return DDSketch.read(from);
  }
}
