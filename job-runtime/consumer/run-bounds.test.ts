import { expect, test } from '@jest/globals';
import type { StartFrom, StopAt } from '../../crds/lifecycle.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { endOffsets, startOffsets } from './run-bounds.ts';

const SOURCE = { topic: 'input', partitions: 2 };
const at = (millis: number): string => new Date(millis).toISOString();

/** Partition 0 begins at offset 1 and has records written at 2000 and 3000; partition 1 is empty. */
async function logOfTwo(): Promise<EmbeddedLog> {
  const log = new EmbeddedLog();
  await log.createTopic('input', { partitions: 2 });
  const builder = new RecordBuilder();
  for (const time of [1000, 2000, 3000]) builder.append(null, null, time);
  const transaction = log.writer('w').begin();
  transaction.append('input', 0, builder);
  await transaction.commit();
  await log.deleteRecords({ topic: 'input', partition: 0 }, 1);
  return log;
}

test.each<[string, StartFrom | undefined, number[]]>([
  ['without a word, at the beginning', undefined, [1, 0]],
  ['earliest', { position: 'earliest' }, [1, 0]],
  ['latest', { position: 'latest' }, [3, 0]],
  ['a timestamp', { timestamp: at(2500) }, [2, 0]],
  ['a timestamp behind all', { timestamp: at(9000) }, [3, 0]],
  ['offsets, and the beginning where none is named', { offsets: { '1': 5 } }, [1, 5]],
])('a run starts: %s', async (_case, startFrom, expected) => {
  expect(await startOffsets(await logOfTwo(), SOURCE, startFrom)).toEqual(expected);
});

test.each<[string, StopAt | undefined, number[] | undefined]>([
  ['never', undefined, undefined],
  ['at the end of each partition', { position: 'latest' }, [3, 0]],
  ['at a timestamp that has passed', { timestamp: at(2000) }, [1, 0]],
  ['at a timestamp that is still to come: nobody knows where', { timestamp: at(10_001) }, undefined],
])('a run ends: %s', async (_case, stopAt, expected) => {
  expect(await endOffsets(await logOfTwo(), SOURCE, stopAt, 10_000)).toEqual(expected);
});
