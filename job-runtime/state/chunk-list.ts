/** The chunks of a changelog that are still needed, oldest first: number, offset and cost of each, and no object. */

/** About what a batch, a record and a transaction's marker take around a chunk: many small chunks are a long log too. */
const FRAME_BYTES = 256;

/** What a chunk of this length takes in the log, in bytes. */
export const costOf = (length: number): number => length + FRAME_BYTES;

export class ChunkList {
  /** Number of the oldest chunk. */
  first = 0;
  /** What all of them take in the log. */
  bytes = 0;
  private offsets: number[] = [];
  private costs: number[] = [];

  /** The number that the next chunk gets. */
  get next(): number {
    return this.first + this.offsets.length;
  }

  get firstOffset(): number | undefined {
    return this.offsets[0];
  }

  push(offset: number, length: number): void {
    const cost = costOf(length);
    this.offsets.push(offset);
    this.costs.push(cost);
    this.bytes += cost;
  }

  /** The number of the chunk before which the oldest ones take at least `wanted` bytes, or all there are. */
  behind(wanted: number): number {
    let count = 0;
    for (let bytes = 0; bytes < wanted && count < this.costs.length; count++) bytes += this.costs[count]!;
    return this.first + count;
  }

  /** What the chunks below `number` take. */
  bytesBelow(number: number): number {
    let bytes = 0;
    for (let at = 0; at < number - this.first; at++) bytes += this.costs[at]!;
    return bytes;
  }

  dropBelow(number: number): void {
    this.bytes -= this.bytesBelow(number);
    const count = number - this.first;
    this.offsets.splice(0, count);
    this.costs.splice(0, count);
    this.first = number;
  }

  clear(): void {
    this.first = 0;
    this.bytes = 0;
    this.offsets = [];
    this.costs = [];
  }
}
