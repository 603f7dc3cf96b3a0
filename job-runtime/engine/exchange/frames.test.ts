/** Messages between stages: whole, short enough for a broker, and of a known version. */
import { describe, expect, test } from '@jest/globals';
import {
  FRAME_VERSION,
  FrameKind,
  FrameWriter,
  partitionOfHash,
  readFrame,
  readWatermark,
  watermarkFrame,
} from './frames.ts';
import { GroupSection } from './group-section.ts';

const KIB = 1024;
const textOf = (body: { blob(): Uint8Array }): string => Buffer.from(body.blob()).toString();
const open = (message: Uint8Array): ReturnType<typeof readFrame> => readFrame(message, 0, message.length);

describe('FrameWriter', () => {
  test('gives no message when nothing was written', () => {
    expect(new FrameWriter(FrameKind.groups, 7).take()).toEqual([]);
  });

  test('says of each message who wrote it and what it holds', () => {
    const writer = new FrameWriter(FrameKind.records, 300);
    writer.body.blob(Buffer.from('hello'));
    const [message] = writer.take();
    const { kind, upstream, body } = open(message!);
    expect([kind, upstream, textOf(body), body.done]).toEqual([FrameKind.records, 300, 'hello', true]);
  });

  test('starts anew after take', () => {
    const writer = new FrameWriter(FrameKind.groups, 0);
    writer.body.blob(Buffer.from('one'));
    writer.take();
    writer.body.blob(Buffer.from('two'));
    expect(writer.take().map((message) => textOf(open(message).body))).toEqual(['two']);
    expect(writer.take()).toEqual([]);
  });

  test('cuts near 200 KiB, at boundaries only', () => {
    const writer = new FrameWriter(FrameKind.groups, 0);
    for (let i = 0; i < 1000; i++) {
      writer.body.blob(new Uint8Array(KIB).fill(i));
      if (i % 10 === 9) writer.boundary();
    }
    const messages = writer.take();
    const counts = messages.map((message) => {
      const { body } = open(message);
      let count = 0;
      for (; !body.done; count++) body.skipBlob();
      return count;
    });
    expect(counts).toEqual([200, 200, 200, 200, 200]);
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(210 * KIB);
  });
});

describe('readFrame', () => {
  test('reads a frame in the middle of a buffer', () => {
    const frame = watermarkFrame(5, 300, -12.5);
    const buffer = new Uint8Array(frame.length + 20).fill(255);
    buffer.set(frame, 10);
    const { kind, upstream, body } = readFrame(buffer, 10, 10 + frame.length);
    expect([kind, upstream, readWatermark(body)]).toEqual([FrameKind.watermark, 5, { tasks: 300, watermark: -12.5 }]);
    expect(body.done).toBe(true);
  });

  test.each([-Infinity, Infinity, -1, 2 ** 53])('carries the watermark %d', (watermark) => {
    expect(readWatermark(open(watermarkFrame(0, 1, watermark)).body)).toEqual({ tasks: 1, watermark });
  });

  test('stops at a version that it does not know', () => {
    const frame = watermarkFrame(0, 4, 0);
    frame[0] = FRAME_VERSION + 1;
    expect(() => open(frame)).toThrow(`repartition message of version ${FRAME_VERSION + 1}`);
  });

  test('stops at a torn message', () => {
    expect(() => readWatermark(readFrame(watermarkFrame(0, 4, 0), 0, 8).body)).toThrow('ends early');
    expect(() => readFrame(new Uint8Array(0), 0, 0)).toThrow('ends early');
  });
});

describe('GroupSection', () => {
  /** The sizes of the sections that groups of so many bytes make, per message. */
  function sectionsOf(groups: number, bytes: number): number[][] {
    const writer = new FrameWriter(FrameKind.groups, 0);
    const section = new GroupSection(writer, -7, -3);
    for (let i = 0; i < groups; i++) section.next().blob(new Uint8Array(bytes));
    section.end();
    return writer.take().map((message) => {
      const { body } = open(message);
      const counts: number[] = [];
      while (!body.done) {
        expect([body.double(), body.varint()]).toEqual([-3, 4]);
        const count = body.varint();
        for (let i = 0; i < count; i++) body.skipBlob();
        counts.push(count);
      }
      return counts;
    });
  }

  test.each([
    { what: 'nothing', groups: 0, bytes: 10, want: [] },
    { what: 'one group', groups: 1, bytes: 10, want: [[1]] },
    { what: '127 groups', groups: 127, bytes: 10, want: [[127]] },
    { what: '128 groups', groups: 128, bytes: 10, want: [[128]] },
    { what: 'as many as a section takes', groups: 512, bytes: 10, want: [[512]] },
    { what: 'one more', groups: 513, bytes: 10, want: [[512, 1]] },
    { what: 'groups of kilobytes', groups: 20, bytes: 4 * KIB, want: [[8, 8, 4]] },
    { what: 'groups that are each a message', groups: 3, bytes: 250 * KIB, want: [[1], [1], [1]] },
  ])('packs $what', ({ groups, bytes, want }) => {
    expect(sectionsOf(groups, bytes)).toEqual(want);
  });
});

describe('partitionOfHash', () => {
  test.each([
    { hash: 0, count: 8, want: 0 },
    { hash: 13, count: 8, want: 5 },
    { hash: -1, count: 10, want: 5 },
    { hash: -(2 ** 31), count: 7, want: 2 },
  ])('takes hash $hash to partition $want of $count: part of the format', ({ hash, count, want }) => {
    expect(partitionOfHash(hash, count)).toBe(want);
  });
});
