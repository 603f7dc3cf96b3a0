import { expect, test } from '@jest/globals';
import { streamJob } from '../../test/builders/stream-job.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { readStop } from '../state/run-record.ts';
import { endsWithProducer, isFinite, recordEnd } from './produced-run.ts';

const turnstile = (count?: number): SpecPatch => ({ producer: { source: { turnstile: { ...(count && { count }) } } } });
const LATEST = { stopAt: { position: 'latest' } };

test.each<[string, SpecPatch, boolean]>([
  ['no producer', {}, false],
  ['a generator without a count', turnstile(), false],
  ['a generator with a count', turnstile(5), true],
])('%s: is its source finite?', (_case, patch, expected) => {
  expect(isFinite(streamJob(patch))).toBe(expected);
});

test.each<[string, SpecPatch, boolean]>([
  ['a finite source and latest', { ...turnstile(5), ...LATEST }, true],
  ['a finite source alone', turnstile(5), false],
  ['latest beside an endless source', { ...turnstile(), ...LATEST }, false],
  ['a finite source and a timestamp', { ...turnstile(5), stopAt: { timestamp: '2024-01-01T00:00:00Z' } }, false],
])('%s: does the run end with its producer?', (_case, patch, expected) => {
  expect(endsWithProducer(streamJob(patch))).toBe(expected);
});

test('the end of the run is behind what is there, and stays where it was first said', async () => {
  const log = new EmbeddedLog();
  await log.createTopic('input', { partitions: 2 });
  await log.createTopic('run', { partitions: 1 });
  const end = (): Promise<void> => recordEnd(log, log.writer('p'), { topic: 'input', runTopic: 'run', now: 1 });
  const write = async (): Promise<void> => {
    const builder = new RecordBuilder();
    builder.append(null, null, 1);
    const transaction = log.writer('other').begin();
    transaction.append('input', 1, builder);
    await transaction.commit();
  };
  await write();
  await end();
  await write();
  await end();
  expect(await readStop(log, 'run')).toEqual([0, 1]);
});
