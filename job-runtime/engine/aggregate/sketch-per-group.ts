/** What aggregates by sketches share: one sketch object per group, made when the group gets its first value. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import type { Column, ColumnBatch } from '../column.ts';
import type { Accumulator, GroupedRun } from './accumulator.ts';

export abstract class SketchPerGroup<Sketch> implements Accumulator {
  private readonly sketches: (Sketch | undefined)[] = [];
  private readonly create: () => Sketch;

  constructor(create: () => Sketch) {
    this.create = create;
  }

  abstract emit(id: number, out: Column, row: number): void;
  protected abstract add(id: number, batch: ColumnBatch, row: number): void;
  protected abstract mergeSketch(into: Sketch, other: Sketch): void;
  protected abstract writeSketch(sketch: Sketch, out: BinaryWriter): void;
  protected abstract readSketch(from: BinaryReader): Sketch;

  grow(): void {}

  fold(batch: ColumnBatch, { rows, ids, from, to }: GroupedRun): void {
    for (let i = from; i < to; i++) this.add(ids[i]!, batch, rows[i]!);
  }

  merge(id: number, other: Accumulator, otherId: number): void {
    const sketch = (other as SketchPerGroup<Sketch>).find(otherId);
    if (sketch) this.mergeSketch(this.of(id), sketch);
  }

  write(id: number, out: BinaryWriter): void {
    const sketch = this.find(id);
    out.byte(sketch ? 1 : 0);
    if (sketch) this.writeSketch(sketch, out);
  }

  mergeFrom(id: number, from: BinaryReader): void {
    if (from.byte() === 1) this.mergeSketch(this.of(id), this.readSketch(from));
  }

  reset(id: number): void {
    this.sketches[id] = undefined;
  }

  clear(): void {
    this.sketches.length = 0;
  }

  protected find(id: number): Sketch | undefined {
    return this.sketches[id];
  }

  protected of(id: number): Sketch {
    return (this.sketches[id] ??= this.create());
  }
}
