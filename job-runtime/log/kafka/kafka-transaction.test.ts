import { beforeEach, describe, expect, test } from '@jest/globals';
import { RecordBuilder } from '../record-builder.ts';
import { batchesOf, code, lost, positionsTaken, produced } from './fake-answers.test-kit.ts';
import type { SentBatch } from './fake-answers.test-kit.ts';
import { FakeBrokers } from './fake-brokers.test-kit.ts';
import { KafkaWriter } from './kafka-writer.ts';
import { PatientRequests } from './patient-requests.ts';
import { ProducerSession } from './producer-session.ts';

const MEMBER = { group: 'g', memberId: 'm', generation: 1 };

const builder = (...values: string[]): RecordBuilder => {
  const records = new RecordBuilder();
  for (const value of values) records.append(null, Buffer.from(value), 1);
  return records;
};

describe('a transaction', () => {
  let brokers: FakeBrokers;
  let writer: KafkaWriter;
  /** Each look at the clock takes a millisecond. */
  let time = 0;

  beforeEach(async () => {
    brokers = new FakeBrokers((_topic, partition) => 1 + (partition % 2));
    brokers.answers.set('InitProducerId', () => (out) => {
      out.int32(0);
      out.int16(0);
      out.int64(5);
      out.int16(2);
    });
    brokers.answers.set('AddPartitionsToTxn', () => (out) => {
      out.int32(0);
      out.int32(0);
    });
    brokers.answers.set('AddOffsetsToTxn', code());
    brokers.answers.set('EndTxn', code());
    brokers.answers.set('Produce', produced());
    brokers.answers.set('TxnOffsetCommit', positionsTaken());
    const bounds = { boundMillis: 60, firstWaitMillis: 1, longestWaitMillis: 1 };
    writer = new KafkaWriter('w', new PatientRequests(brokers, () => time++, bounds), {
      compression: 'none',
      maxBatchBytes: 100,
      transactionTimeoutMillis: 60,
    });
    await writer.open();
    brokers.sent.length = 0;
  });

  const batches = (): SentBatch[] => brokers.sent.filter(({ name }) => name === 'Produce').flatMap(batchesOf);

  test('that holds nothing talks to nobody', async () => {
    const transaction = writer.begin();
    transaction.append('t', 0, builder());
    transaction.commitPositions(MEMBER, []);
    await transaction.commit();
    await writer.begin().abort();
    expect(brokers.sent).toEqual([]);
  });

  test('sends both Adds, then records to each leader with the positions, then the end', async () => {
    const transaction = writer.begin();
    for (const partition of [0, 1, 2]) transaction.append('t', partition, builder(`${partition}`));
    transaction.commitPositions(MEMBER, [{ topic: 't', partition: 0, offset: 1, metadata: '' }]);
    await transaction.commit();
    expect(brokers.names().slice(0, 2).sort()).toEqual(['AddOffsetsToTxn', 'AddPartitionsToTxn']);
    expect(brokers.names().slice(2, 5).sort()).toEqual(['Produce', 'Produce', 'TxnOffsetCommit']);
    expect(brokers.names().slice(5)).toEqual(['EndTxn']);
    expect(brokers.sent.find(({ name }) => name === 'EndTxn')!.bytes.at(-1)).toBe(1);
    const sentTo = brokers.sent.filter(({ name }) => name === 'Produce').map((sent) => [sent.node, batchesOf(sent)]);
    expect(sentTo).toMatchObject([
      [1, [{ name: 't/0' }, { name: 't/2' }]],
      [2, [{ name: 't/1' }]],
    ]);
  });

  test('a large append goes out in rounds: one batch of a partition each, in order and numbered', async () => {
    const values = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(20));
    const transaction = writer.begin();
    for (const value of values) transaction.append('t', 0, builder(value));
    transaction.append('t', 1, builder('one'));
    await transaction.commit();
    const sent = batches().filter(({ name }) => name === 't/0');
    expect(sent.length).toBeGreaterThan(9);
    expect(sent.flatMap((batch) => batch.values)).toEqual(values);
    let next = 0;
    for (const batch of sent) {
      expect(batch.baseSequence).toBe(next);
      next += batch.values.length;
    }
    expect(transaction.offsetOf('t', 0)).toBe(100);
    expect(transaction.offsetOf('t', 1)).toBe(200);
    const after = writer.begin();
    after.append('t', 0, builder('after'));
    await after.commit();
    expect(batches().at(-1)!.baseSequence).toBe(20);
  });

  test('numbers begin anew when the id is opened again', async () => {
    for (let round = 0; round < 2; round++) {
      await writer.open();
      const transaction = writer.begin();
      transaction.append('t', 0, builder('v'));
      await transaction.commit();
    }
    expect(batches().map(({ baseSequence }) => baseSequence)).toEqual([0, 0]);
  });

  test.each([
    { what: 'whose leader moved', failure: (count: number) => (count === 1 ? 6 : 0) },
    { what: 'that its followers did not take in time', failure: (count: number) => (count < 3 ? 20 : 0) },
    { what: 'whose answer was lost', failure: (count: number) => (count === 1 ? lost() : 0) },
  ])('a batch $what is sent again as it was', async ({ failure }) => {
    brokers.answers.set(
      'Produce',
      produced((_, count) => failure(count)),
    );
    const transaction = writer.begin();
    transaction.append('t', 0, builder('v'));
    await transaction.commit();
    const sent = batches();
    expect(sent.length).toBeGreaterThan(1);
    for (const batch of sent) expect(batch).toEqual(sent[0]);
    expect(brokers.forgotten).toBeGreaterThan(0);
    expect(brokers.names().at(-1)).toBe('EndTxn');
  });

  test('what was taken is not sent again with what was not', async () => {
    brokers.answers.set(
      'Produce',
      produced(({ name }, count) => (name === 't/2' && count === 1 ? 6 : 0)),
    );
    const transaction = writer.begin();
    transaction.append('t', 0, builder('zero'));
    transaction.append('t', 2, builder('two'));
    await transaction.commit();
    expect(batches().map(({ name }) => name)).toEqual(['t/0', 't/2', 't/2']);
  });

  test('a batch that turns out to be there counts, unless its offset would be asked for', async () => {
    const long = builder('a'.repeat(60), 'b'.repeat(60));
    brokers.answers.set(
      'Produce',
      produced((_, count) => (count === 2 ? 46 : 0)),
    );
    const transaction = writer.begin();
    transaction.append('t', 0, long);
    await transaction.commit();
    expect(transaction.offsetOf('t', 0)).toBe(100);
    brokers.answers.set(
      'Produce',
      produced(() => 46),
    );
    const other = writer.begin();
    other.append('t', 0, builder('v'));
    await expect(other.commit()).rejects.toThrow(/DUPLICATE_SEQUENCE_NUMBER/);
  });

  test.each([
    { code: 25, name: 'UNKNOWN_MEMBER_ID' },
    { code: 22, name: 'ILLEGAL_GENERATION' },
    { code: 82, name: 'FENCED_INSTANCE_ID' },
    { code: 47, name: 'INVALID_PRODUCER_EPOCH' },
  ])('after $name for its positions it is aborted, never committed', async ({ code: refused, name }) => {
    brokers.answers.set(
      'TxnOffsetCommit',
      positionsTaken(() => refused),
    );
    const transaction = writer.begin();
    transaction.append('t', 0, builder('v'));
    transaction.commitPositions(MEMBER, [{ topic: 't', partition: 0, offset: 1, metadata: '' }]);
    await expect(transaction.commit()).rejects.toMatchObject({
      code: 'TransactionFailed',
      message: `transaction of "w" failed: cannot commit positions of group "g": Kafka answers ${name}`,
    });
    const ends = brokers.sent.filter(({ name: each }) => each === 'EndTxn');
    expect(ends.map(({ bytes }) => bytes.at(-1))).toEqual([0]);
    expect(() => writer.begin()).toThrow('has to be opened first');
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'TransactionFailed' });
  });

  test.each([
    { code: 90, name: 'PRODUCER_FENCED' },
    { code: 45, name: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  ])('after $name for a batch it is aborted, and no further batch is sent', async ({ code: refused, name }) => {
    brokers.answers.set(
      'Produce',
      produced((_, count) => (count === 2 ? refused : 0)),
    );
    const transaction = writer.begin();
    transaction.append('t', 0, builder('a'.repeat(60), 'b'.repeat(60), 'c'.repeat(60)));
    await expect(transaction.commit()).rejects.toThrow(name);
    expect(brokers.names().filter((each) => each !== 'AddPartitionsToTxn')).toEqual(['Produce', 'Produce', 'EndTxn']);
    expect(brokers.sent.at(-1)!.bytes.at(-1)).toBe(0);
  });

  test('while a batch may still arrive nothing ends the transaction but opening again', async () => {
    brokers.answers.set('Produce', lost);
    const transaction = writer.begin();
    transaction.append('t', 0, builder('v'));
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'TransactionFailed' });
    expect(brokers.names()).not.toContain('EndTxn');
    await writer.open();
    expect(brokers.names().at(-1)).toBe('InitProducerId');
  });

  test('a topic that does not exist is told before anything begins', async () => {
    const transaction = writer.begin();
    transaction.append('missing', 0, builder('v'));
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'TopicNotFound' });
    expect(brokers.names()).not.toContain('AddPartitionsToTxn');
  });

  test('a busy coordinator is asked again, and is still the right one', async () => {
    brokers.answers.set(
      'AddOffsetsToTxn',
      code((count) => (count < 3 ? 51 : 0)),
    );
    brokers.answers.set(
      'EndTxn',
      code((count) => (count < 3 ? 51 : 0)),
    );
    const transaction = writer.begin();
    transaction.commitPositions(MEMBER, [{ topic: 't', partition: 0, offset: 1, metadata: '' }]);
    await transaction.commit();
    expect(brokers.forgotten).toBe(0);
    expect(brokers.names().filter((name) => name === 'EndTxn')).toHaveLength(3);
  });

  test('an end whose answer is lost is asked for again; without any the outcome is unknown', async () => {
    brokers.answers.set('EndTxn', (sent, count) => (count < 3 ? lost() : code()(sent, count)));
    const transaction = writer.begin();
    transaction.append('t', 0, builder('v'));
    await transaction.commit();
    brokers.answers.set('EndTxn', lost);
    const other = writer.begin();
    other.append('t', 0, builder('v'));
    await expect(other.commit()).rejects.toMatchObject({ code: 'TransactionFailed' });
    expect(brokers.sent.filter(({ name }) => name === 'EndTxn').every(({ bytes }) => bytes.at(-1) === 1)).toBe(true);
  });

  test('positions of one member go out together, the last of each partition', async () => {
    const transaction = writer.begin();
    const at = { topic: 't', partition: 0, metadata: '' };
    transaction.commitPositions(MEMBER, [{ ...at, offset: 1 }]);
    transaction.commitPositions(MEMBER, [
      { ...at, offset: 2 },
      { ...at, partition: 1, offset: 7 },
    ]);
    transaction.commitPositions({ ...MEMBER, group: 'h' }, [{ ...at, offset: 3 }]);
    await transaction.commit();
    expect(brokers.names().filter((name) => name === 'TxnOffsetCommit')).toHaveLength(2);
    expect(brokers.names().filter((name) => name === 'AddOffsetsToTxn')).toHaveLength(2);
  });

  test('only one transaction is committed at a time', async () => {
    const [one, other] = [writer.begin(), writer.begin()];
    one.append('t', 0, builder('one'));
    other.append('t', 0, builder('other'));
    const committing = one.commit();
    expect(() => writer.begin()).toThrow('has to be opened first');
    await expect(other.commit()).rejects.toThrow('is in use or has failed');
    await committing;
    expect(batches().flatMap(({ values }) => values)).toEqual(['one']);
  });
});

test('sequence numbers begin again at 0 behind the largest one', () => {
  const requests = new PatientRequests(new FakeBrokers(), Date.now);
  const session = new ProducerSession('w', { producerId: 1, epoch: 0 }, requests);
  const at = { topic: 't', partition: 0 };
  session.advance(at, 2 ** 31 - 2);
  session.advance(at, 5);
  expect(session.sequence(at)).toBe(3);
  expect(session.sequence({ topic: 't', partition: 1 })).toBe(0);
});
