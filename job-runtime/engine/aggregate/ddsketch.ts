/**
 * Quantiles to a relative accuracy of 1 %: values are counted in bins whose bounds grow by a constant factor. Bins are
 * plain counts, so merging is exact and free of order.
 *
 * Source: Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees"
 * (VLDB 2019), without its collapsing of bins: all doubles together need fewer than 71,000, one field's values dozens.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';

const ACCURACY = 0.01;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);

/** Smaller values have no full precision to be accurate to, and count as zero. */
const LEAST = 2 ** -1022;

const binOf = (magnitude: number): number => Math.ceil(Math.log(magnitude) / LOG_GAMMA);
/** The value whose relative distance from both bounds of its bin is the same. */
const valueOf = (bin: number): number => Math.min((2 / (GAMMA + 1)) * Math.exp(bin * LOG_GAMMA), Number.MAX_VALUE);

export class DDSketch {
  count = 0;
  private zeros = 0;
  private readonly positive = new Map<number, number>();
  private readonly negative = new Map<number, number>();

  add(value: number): void {
    this.count++;
    if (Math.abs(value) < LEAST) this.zeros++;
    else if (value > 0) raise(this.positive, binOf(value), 1);
    else raise(this.negative, binOf(-value), 1);
  }

  merge(other: DDSketch): void {
    this.count += other.count;
    this.zeros += other.zeros;
    for (const [bin, count] of other.positive) raise(this.positive, bin, count);
    for (const [bin, count] of other.negative) raise(this.negative, bin, count);
  }

  /** The value of rank ⌊p·(count − 1)⌋, to 1 %. Not for an empty sketch. */
  quantile(p: number): number {
    let rank = Math.floor(p * (this.count - 1));
    for (const bin of [...this.negative.keys()].sort((a, b) => b - a)) {
      rank -= this.negative.get(bin)!;
      if (rank < 0) return -valueOf(bin);
    }
    rank -= this.zeros;
    if (rank < 0) return 0;
    const bins = [...this.positive.keys()].sort((a, b) => a - b);
    for (const bin of bins) {
      rank -= this.positive.get(bin)!;
      if (rank < 0) return valueOf(bin);
    }
    throw new RangeError('a quantile of nothing');
  }

  write(out: BinaryWriter): void {
    out.varint(this.zeros);
    for (const bins of [this.positive, this.negative]) {
      out.varint(bins.size);
      for (const [bin, count] of bins) {
        out.double(bin);
        out.varint(count);
      }
    }
  }

  static read(from: BinaryReader): DDSketch {
    const sketch = new DDSketch();
    sketch.zeros = from.varint();
    sketch.count = sketch.zeros;
    for (const bins of [sketch.positive, sketch.negative]) {
      for (let size = from.varint(); size > 0; size--) {
        const bin = from.double();
        const count = from.varint();
        bins.set(bin, count);
        sketch.count += count;
      }
    }
    return sketch;
  }
}

function raise(bins: Map<number, number>, bin: number, count: number): void {
  bins.set(bin, (bins.get(bin) ?? 0) + count);
}
