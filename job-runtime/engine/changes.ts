/**
 * How a task's state is kept outside it: as changes. At each commit a task writes the entries that changed since the
 * last one, whole and never as increments, so that the last entry of a key wins and reading may start anywhere that is
 * not behind the oldest entry still needed (docs/adr/0003). Entries are packed into chunks; a state knows for each of
 * its entries the chunk that it was last written to, so old chunks can be emptied by writing what is alive in them once
 * more.
 *
 * Chunk: version, then sections of (id, length, entries).
 */
import { BinaryReader, BinaryWriter } from './binary.ts';
import { STATE_VERSION, checkVersion } from './state-version.ts';

/** A chunk is cut near this size: three fit a batch of Kafka's default size. */
const CUT_AT = 200 * 1024;
/** A section's length always takes four bytes, since it is known only at its end. */
const LENGTH_BYTES = 4;

/** A part of a task's state that can be written as changes and read back. */
export interface ChangingState {
  /**
   * Writes every entry that changed since the last call, and every living one that was last written to a chunk before
   * `rewriteBefore`. Entries are remembered as written to `out.chunk`. Infinity writes everything.
   */
  writeChanges(out: ChangeWriter, rewriteBefore: number): void;
  /** Takes the entries of one section that writeChanges wrote; `chunk` is the number of the chunk they stand in. */
  applyChanges(from: BinaryReader, chunk: number): void;
  /** About how many bytes a rewrite of everything alive would take. */
  liveBytes(): number;
}

/** Collects the changes of one commit as chunks. */
export class ChangeWriter {
  readonly body: BinaryWriter = new BinaryWriter(4096);
  /** The number of the chunk that is being written. Numbers ascend over the life of a log. */
  chunk: number;
  private section = -1;
  private lengthAt = 0;
  private chunks: Uint8Array[] = [];

  constructor(firstChunk: number) {
    this.chunk = firstChunk;
    this.body.byte(STATE_VERSION);
  }

  /** Entries from here on belong to section `id`, until `end`. */
  begin(id: number): void {
    this.section = id;
    this.body.varint(id);
    this.lengthAt = this.body.length;
    for (let i = 0; i < LENGTH_BYTES; i++) this.body.byte(0);
  }

  /** Call behind each entry: cuts the chunk if it is long enough. */
  boundary(): void {
    if (this.body.length < CUT_AT) return;
    const { section } = this;
    this.end();
    this.cut();
    this.begin(section);
  }

  end(): void {
    const length = this.body.length - this.lengthAt - LENGTH_BYTES;
    new DataView(this.body.bytes.buffer).setUint32(this.lengthAt, length);
    this.section = -1;
  }

  /** The chunks since the last call, in order; the next one gets the number `chunk`. */
  take(): Uint8Array[] {
    if (this.body.length > 1) this.cut();
    const { chunks } = this;
    this.chunks = [];
    return chunks;
  }

  private cut(): void {
    this.chunks.push(this.body.toBytes());
    this.chunk++;
    this.body.clear();
    this.body.byte(STATE_VERSION);
  }
}

/** Gives the sections of a chunk in order. Throws a RangeError on another version or a torn chunk. */
export function readChunk(chunk: Uint8Array, take: (section: number, entries: BinaryReader) => void): void {
  const from = new BinaryReader(chunk);
  checkVersion(from.byte());
  while (!from.done) {
    const section = from.varint();
    let length = 0;
    for (let i = 0; i < LENGTH_BYTES; i++) length = length * 256 + from.byte();
    if (from.at + length > from.end) throw new RangeError('state chunk ends early');
    take(section, new BinaryReader(chunk, from.at, from.at + length));
    from.at += length;
  }
}
