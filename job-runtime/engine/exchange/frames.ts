/**
 * What a task writes to the repartition topic of the next stage: messages of packed groups or held records, and its
 * watermark. A message is cut near 200 KiB, so it fits every broker's default; it never stands for a single record or
 * group.
 *
 * Message: version, kind, upstream task, then the body. A watermark's body: the number of tasks of the upstream stage,
 * then the watermark. Who reads a larger number than before waits for the new ones (docs/adr/0004).
 */
import { BinaryReader, BinaryWriter } from '../binary.ts';

export const FRAME_VERSION = 1;
export const FrameKind = { groups: 1, records: 2, watermark: 3 } as const;
export type FrameKindCode = (typeof FrameKind)[keyof typeof FrameKind];

const CUT_AT = 200 * 1024;

/** Collects the messages of one commit for one partition. */
export class FrameWriter {
  readonly body: BinaryWriter = new BinaryWriter(1024);
  private readonly kind: FrameKindCode;
  private readonly upstream: number;
  private messages: Uint8Array[] = [];

  constructor(kind: FrameKindCode, upstream: number) {
    this.kind = kind;
    this.upstream = upstream;
    this.begin();
  }

  /** Call where a reader can stop: cuts the message if it is long enough. */
  boundary(): void {
    if (this.body.length >= CUT_AT) this.cut();
  }

  /** The messages since the last call, in order. */
  take(): Uint8Array[] {
    this.cut();
    const { messages } = this;
    this.messages = [];
    return messages;
  }

  private cut(): void {
    if (this.body.length > this.headerLength) this.messages.push(this.body.toBytes());
    this.begin();
  }

  private headerLength = 0;

  private begin(): void {
    this.body.clear();
    writeHeader(this.body, this.kind, this.upstream);
    this.headerLength = this.body.length;
  }
}

export interface WatermarkBody {
  /** Tasks of the stage that sent it. */
  readonly tasks: number;
  readonly watermark: number;
}

export function watermarkFrame(upstream: number, tasks: number, watermark: number): Uint8Array {
  const out = new BinaryWriter(16);
  writeHeader(out, FrameKind.watermark, upstream);
  out.varint(tasks);
  out.double(watermark);
  return out.toBytes();
}

export function readWatermark(body: BinaryReader): WatermarkBody {
  return { tasks: body.varint(), watermark: body.double() };
}

export interface FrameHeader {
  readonly kind: number;
  readonly upstream: number;
  /** Stands at the body. */
  readonly body: BinaryReader;
}

/** Throws a RangeError on a version that this program does not know: better to stop than to skip state. */
export function readFrame(bytes: Uint8Array, start: number, end: number): FrameHeader {
  const body = new BinaryReader(bytes, start, end);
  const version = body.byte();
  if (version !== FRAME_VERSION)
    throw new RangeError(`repartition message of version ${version}; this program reads version ${FRAME_VERSION}`);
  return { kind: body.byte(), upstream: body.varint(), body };
}

function writeHeader(out: BinaryWriter, kind: FrameKindCode, upstream: number): void {
  out.byte(FRAME_VERSION);
  out.byte(kind);
  out.varint(upstream);
}

/** Which partition of `count` takes the key with this hash. Part of the format of repartition topics. */
export function partitionOfHash(hash: number, count: number): number {
  return (hash >>> 0) % count;
}
