import { expect, test } from '@jest/globals';
import { BinaryReader, BinaryWriter } from '../engine/binary.ts';
import { KeptState } from './kept-state.ts';

test.each(['an id', undefined])('the identity of the topic comes back: %s', (topicId) => {
  const kept = new KeptState(undefined);
  kept.topicId = topicId;
  const out = new BinaryWriter(16);
  kept.writeClosing(out);
  const restored = new KeptState(undefined);
  restored.topicId = 'another';
  restored.applyClosing(new BinaryReader(out.toBytes()));
  expect(restored.topicId).toBe(topicId);
});

test('what the row target keeps follows in the same bytes', () => {
  const read: number[] = [];
  const target = {
    writeChanges: () => undefined,
    applyChanges: () => undefined,
    writeClosing: (out: BinaryWriter) => out.varint(42),
    applyClosing: (from: BinaryReader) => void read.push(from.varint()),
    endRestore: () => undefined,
    liveBytes: () => 7,
  };
  const out = new BinaryWriter(16);
  new KeptState(target).writeClosing(out);
  const restored = new KeptState(target);
  restored.applyClosing(new BinaryReader(out.toBytes()));
  expect({ read, live: restored.liveBytes() }).toEqual({ read: [42], live: 7 });
});
