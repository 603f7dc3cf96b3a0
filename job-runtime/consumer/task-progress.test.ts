import { expect, test } from '@jest/globals';
import type { TaskProgress } from './task-progress.ts';
import { decodeProgress, encodeProgress } from './task-progress.ts';

const PLAIN: TaskProgress = { watermark: 1000, lastOpenEnd: 2000, writer: 'w', deadLetters: 0 };

test.each<[string, TaskProgress]>([
  ['a watermark and an open window', PLAIN],
  ['before the first record', { ...PLAIN, watermark: -Infinity, lastOpenEnd: -Infinity }],
  ['at the end of the run', { ...PLAIN, watermark: Infinity }],
  ['with dead letters', { ...PLAIN, deadLetters: 2 ** 53 - 1 }],
  ['with a changelog that begins later', { ...PLAIN, stateFrom: 77 }],
  ['before 1970', { ...PLAIN, watermark: -5, lastOpenEnd: 0 }],
  ['an idle partition', { ...PLAIN, idle: { since: 7, watermark: 900 } }],
  ['idle before its first record', { ...PLAIN, watermark: -Infinity, idle: { since: 0, watermark: -Infinity } }],
])('%s comes back as it was', (_case, progress) => {
  expect(decodeProgress(encodeProgress(progress))).toEqual(progress);
});

test.each([
  ['nothing', ''],
  ['text of another program', 'last seen at noon'],
  ['JSON that is no object', '7'],
  ['null', 'null'],
  ['another version', '{"v":2,"watermark":1,"lastOpenEnd":1,"writer":"w"}'],
])('%s is no progress of ours', (_case, metadata) => {
  expect(decodeProgress(metadata)).toBeUndefined();
});

test('what did not count dead letters has none', () => {
  expect(decodeProgress('{"v":1,"watermark":1000,"lastOpenEnd":2000,"writer":"w"}')).toEqual(PLAIN);
});

test('a broker keeps at most 4,096 bytes of it', () => {
  const writer = 'x'.repeat(3000);
  const largest = encodeProgress({
    watermark: -8.64e15,
    idle: { since: 8.64e15, watermark: 'end'.length },
    lastOpenEnd: 8.64e15,
    writer,
    deadLetters: Number.MAX_SAFE_INTEGER,
    stateFrom: Number.MAX_SAFE_INTEGER,
  });
  expect(largest.length).toBeLessThan(4096);
});
