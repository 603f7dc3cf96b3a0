/**
 * Groups on their way to one partition of the next stage: sections of one run of windows, between which a message may
 * be cut. A section: its last window, how many more it spans, the number of groups, then the groups.
 */
import type { BinaryWriter } from '../binary.ts';
import type { FrameWriter } from './frames.ts';

const MOST_GROUPS = 512;
/** Well below the 200 KiB of a message: groups with sketches or long keys are kilobytes each. */
const MOST_BYTES = 32 * 1024;

export class GroupSection {
  private readonly frame: FrameWriter;
  private readonly first: number;
  private readonly last: number;
  private count = 0;
  private countAt = 0;

  constructor(frame: FrameWriter, first: number, last: number) {
    this.frame = frame;
    this.first = first;
    this.last = last;
  }

  /** Where to write the next group. */
  next(): BinaryWriter {
    const { body } = this.frame;
    if (this.count === MOST_GROUPS || (this.count > 0 && body.length - this.countAt > MOST_BYTES)) this.end();
    if (this.count++ === 0) this.begin(body);
    return body;
  }

  end(): void {
    if (this.count === 0) return;
    const { bytes } = this.frame.body;
    bytes[this.countAt] = (this.count % 0x80) | 0x80;
    bytes[this.countAt + 1] = this.count >> 7;
    this.count = 0;
    this.frame.boundary();
  }

  /** The number of groups is a varint of always two bytes, set at the end. */
  private begin(body: BinaryWriter): void {
    body.double(this.last);
    body.varint(this.last - this.first);
    this.countAt = body.length;
    body.byte(0);
    body.byte(0);
  }
}
