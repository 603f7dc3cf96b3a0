/**
 * How a task's state is kept outside it: as changes. At each commit a task writes the entries that changed since the
 * last one, whole and never as increments, so that the last entry of a key wins and reading may start anywhere that is
 * not behind the oldest entry still needed (docs/adr/0003). Entries are packed into chunks; a state knows for each of
 * its entries the chunk that it was last written to, so old chunks can be emptied by writing what is alive in them once
 * more.
 *
 * Chunk: version, then sections of (id, length, entries). The last section of a commit is the closing one: bounds and
 * counters that are always written whole. By them it is known which entries are dead, so most need no tombstone.
 */
import { BinaryReader, BinaryWriter } from './binary.ts';
import { STATE_VERSION, checkVersion } from './state-version.ts';

/** A chunk is cut near this size: three fit a batch of Kafka's default size. */
const CUT_AT = 200 * 1024;
/** A section's length always takes four bytes, since it is known only at its end. */
const LENGTH_BYTES = 4;

/** What is small and written whole at the end of each commit. */
export interface ClosingState {
  writeClosing(out: BinaryWriter): void;
  /** Once for each commit that is read back: the last one counts. */
  applyClosing(from: BinaryReader): void;
}

/** A part of a task's state that can be written as changes and read back. */
export interface ChangingState extends ClosingState {
  /**
   * Writes every entry that changed since the last call, and every living one that was last written to a chunk before
   * `rewriteBefore` (at least 0). Entries are remembered as written to `out.chunk`. Infinity writes everything.
   */
  writeChanges(out: ChangeWriter, rewriteBefore: number): void;
  /** Takes the entries of one section that writeChanges wrote; `chunk` is the number of the chunk they stand in. */
  applyChanges(from: BinaryReader, chunk: number): void;
  /** Behind the last chunk: drops what the closing state shows to be dead. */
  endRestore(): void;
  /** About how many bytes a rewrite of everything alive would take, as of the last writeChanges or endRestore. */
  liveBytes(): number;
}

/**
 * When an entry was last written, as a number beside it: 0 never, else 1 + the number of the chunk. So one comparison
 * says whether it is due: `written <= rewriteBefore`.
 */
export const writtenTo = (chunk: number): number => chunk + 1;

/** Collects the changes of one commit as chunks. */
export class ChangeWriter {
  readonly body: BinaryWriter = new BinaryWriter(4096);
  /** The number of the chunk that is being written. Numbers ascend over the life of a log. */
  chunk: number;
  private readonly cutAt: number;
  private section = -1;
  private sectionAt = 0;
  private entriesAt = 0;
  private chunks: Uint8Array[] = [];

  /** `cutAt`: in bytes; tests cut earlier. */
  constructor(firstChunk: number, cutAt: number = CUT_AT) {
    this.chunk = firstChunk;
    this.cutAt = cutAt;
    this.body.byte(STATE_VERSION);
  }

  /** Entries from here on belong to section `id`, until `end`. */
  begin(id: number): void {
    this.section = id;
    this.sectionAt = this.body.length;
    this.body.varint(id);
    for (let i = 0; i < LENGTH_BYTES; i++) this.body.byte(0);
    this.entriesAt = this.body.length;
  }

  /** Call behind each entry: cuts the chunk if it is long enough. True: the next entry is the first of its chunk. */
  boundary(): boolean {
    if (this.body.length < this.cutAt) return false;
    const { section } = this;
    this.end();
    this.cut();
    this.begin(section);
    return true;
  }

  /** A section without entries leaves no trace. */
  end(): void {
    const { body, entriesAt } = this;
    let length = body.length - entriesAt;
    if (length === 0) body.length = this.sectionAt;
    for (let at = entriesAt - 1; at >= entriesAt - LENGTH_BYTES; at--, length = Math.floor(length / 256))
      body.bytes[at] = length % 256;
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

const MOST_COUNTED = 65_536;

/** How long entries are on average, by those that were written lately: to tell what all of them would take. */
export class MeanSize {
  private bytes = 0;
  private count = 0;

  add(bytes: number): void {
    if (this.count >= MOST_COUNTED) {
      this.bytes /= 2;
      this.count /= 2;
    }
    this.bytes += bytes;
    this.count++;
  }

  of(entries: number): number {
    return this.count === 0 ? 0 : (this.bytes / this.count) * entries;
  }
}
