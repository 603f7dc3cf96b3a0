import { expect, test } from '@jest/globals';
import { describeLog } from '../../../test/conformance/log-suite.ts';
import { builderOf, numbered, recordsOf } from '../../../test/conformance/log-text.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { PartitionLog } from './partition-log.ts';

describeLog('embedded', async () => new EmbeddedLog());

test('offsets have no gaps', async () => {
  const log = new EmbeddedLog();
  await log.createTopic('t', { partitions: 1 });
  for (let round = 0; round < 3; round++) {
    const transaction = log.writer('w').begin();
    transaction.append('t', 0, builderOf(numbered(4)));
    await transaction.commit();
  }
  expect(await log.offsets({ topic: 't', partition: 0 })).toEqual({ start: 0, end: 12 });
});

test('small commits are fetched together', () => {
  const partition = new PartitionLog('t/0', 0);
  for (let round = 0; round < 100; round++) partition.append(builderOf([[null, `${round}`]]));
  expect(partition.fetch(0, 1 << 20)!.count).toBe(100);
});

test('a fetch copies no bytes', () => {
  const partition = new PartitionLog('t/0', 0);
  partition.append(builderOf(numbered(10)));
  expect(partition.fetch(3, 1 << 20)!.bytes).toBe(partition.fetch(7, 1 << 20)!.bytes);
});

test('segments: every offset is found, before and after deletion', () => {
  const partition = new PartitionLog('t/0', 0);
  const value = 'x'.repeat(300_000);
  for (let round = 0; round < 12; round++)
    partition.append(
      builderOf([
        [`${round}`, value],
        [`${round}+`, value],
      ]),
    );
  const keyAt = (offset: number): string | null => recordsOf(partition.fetch(offset, 1)!)[0]!.key;
  const expected = (offset: number): string => `${offset >> 1}${offset % 2 === 1 ? '+' : ''}`;
  for (let offset = 0; offset < 24; offset++) expect(keyAt(offset)).toBe(expected(offset));
  partition.deleteBelow(13);
  for (let offset = 13; offset < 24; offset++) expect(keyAt(offset)).toBe(expected(offset));
  partition.append(builderOf([['last', null]]));
  expect(keyAt(24)).toBe('last');
});
