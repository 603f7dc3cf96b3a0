/** Requests as brokers of Kafka 3.9.1 and 4.1.1 took them, and their answers, which were the same to the byte. */
import { expect, test } from '@jest/globals';
import { addOffsetsToTxnRequest } from './add-offsets-to-txn.ts';
import { addPartitionsToTxnRequest } from './add-partitions-to-txn.ts';
import { createPartitionsRequest } from './create-partitions.ts';
import { createTopicRequest } from './create-topics.ts';
import { deleteRecordsRequest } from './delete-records.ts';
import { describeTopicRequest } from './describe-configs.ts';
import { endTxnRequest } from './end-txn.ts';
import { initProducerIdRequest } from './init-producer-id.ts';
import { LATEST, listOffsetsRequest } from './list-offsets.ts';
import { offsetFetchRequest } from './offset-fetch.ts';
import { produceRequest } from './produce.ts';
import { txnOffsetCommitRequest } from './txn-offset-commit.ts';
import { WireReader, WireWriter } from './wire.ts';
import type { BrokerRequest } from './wire.ts';

interface Exchange {
  readonly name: string;
  readonly request: BrokerRequest<unknown>;
  readonly sent: string;
  readonly received: string;
  readonly answer: unknown;
}

const PRODUCER = { producerId: 0, epoch: 0 };
const AT = { topic: 't', partition: 0 };
const POSITIONS = [{ ...AT, offset: 7, metadata: 'm' }];
const BATCH =
  '000000000000000000000039ffffffff02c3d21fcb0010000000000000018bcfe568000000018bcfe56800' +
  '0000000000000000000000000000000000010e00000001027600';

const topics: readonly Exchange[] = [
  {
    name: 'a topic is created',
    request: createTopicRequest({
      name: 't',
      partitions: 2,
      replicationFactor: 1,
      config: { 'retention.ms': '60000' },
    }),
    sent: '000000010001740000000200010000000000000001000c726574656e74696f6e2e6d730005363030303000003a9800',
    received: '00000000000000010001740000ffff',
    answer: { error: 0, message: null },
  },
  {
    name: 'a topic is there already',
    request: createTopicRequest({ name: 't', partitions: 2, replicationFactor: undefined, config: {} }),
    sent: '0000000100017400000002ffff000000000000000000003a9800',
    received: '000000000000000100017400240019546f7069632027742720616c7265616479206578697374732e',
    answer: { error: 36, message: "Topic 't' already exists." },
  },
  {
    name: 'a topic grows',
    request: createPartitionsRequest('t', 3),
    sent: '0000000100017400000003ffffffff00003a9800',
    received: '00000000000000010001740000ffff',
    answer: { error: 0, message: null },
  },
  {
    name: 'a topic is not made smaller',
    request: createPartitionsRequest('t', 2),
    sent: '0000000100017400000002ffffffff00003a9800',
    received:
      '00000000000000010001740025004554686520746f70696320742063757272656e746c7920686173203320706172746974' +
      '696f6e2873293b203220776f756c64206e6f7420626520616e20696e6372656173652e',
    answer: { error: 37, message: 'The topic t currently has 3 partition(s); 2 would not be an increase.' },
  },
  {
    name: 'settings of a topic, of which one is unknown to the broker',
    request: describeTopicRequest('t', ['retention.ms', 'cleanup.policy', 'nope']),
    sent: '000000010200017400000003000c726574656e74696f6e2e6d73000e636c65616e75702e706f6c69637900046e6f7065' + '00',
    received:
      '0000000000000001000000000200017400000002000e636c65616e75702e706f6c696379000664656c657465000500000000' +
      '00000c726574656e74696f6e2e6d730005363030303000010000000000',
    answer: {
      error: 0,
      message: '',
      values: new Map([
        ['cleanup.policy', 'delete'],
        ['retention.ms', '60000'],
      ]),
    },
  },
  {
    name: 'the end of a partition',
    request: listOffsetsRequest(AT, LATEST),
    sent: 'ffffffff00000000010001740000000100000000ffffffffffffffff',
    received: '000000000000000100017400000001000000000000ffffffffffffffff0000000000000002',
    answer: { error: 0, offset: 2 },
  },
  {
    name: 'a time in a partition',
    request: listOffsetsRequest(AT, 1_700_000_000_000),
    sent: 'ffffffff000000000100017400000001000000000000018bcfe56800',
    received: '0000000000000001000174000000010000000000000000018bcfe568000000000000000000',
    answer: { error: 0, offset: 0 },
  },
  {
    name: 'records are deleted',
    request: deleteRecordsRequest(AT, 1),
    sent: '000000010001740000000100000000000000000000000100002710',
    received: '0000000000000001000174000000010000000000000000000000010000',
    answer: 0,
  },
  {
    name: 'records behind the end cannot be deleted',
    request: deleteRecordsRequest(AT, 99),
    sent: '000000010001740000000100000000000000000000006300002710',
    received: '00000000000000010001740000000100000000ffffffffffffffff0001',
    answer: 1,
  },
];

const transactions: readonly Exchange[] = [
  {
    name: 'a transactional id is opened',
    request: initProducerIdRequest('w', 15_000),
    sent: '00017700003a98',
    received: '00000000000000000000000000000000',
    answer: { error: 0, producerId: 0, epoch: 0 },
  },
  {
    name: 'a coordinator is loading',
    request: initProducerIdRequest('w', 15_000),
    sent: '00017700003a98',
    received: '00000000000effffffffffffffffffff',
    answer: { error: 14, producerId: -1, epoch: -1 },
  },
  {
    name: 'partitions of one topic are added',
    request: addPartitionsToTxnRequest('w', PRODUCER, [AT, { topic: 't', partition: 1 }]),
    sent: '0001770000000000000000000000000001000174000000020000000000000001',
    received: '000000000000000100017400000002000000000000000000010000',
    answer: [
      { topic: 't', partition: 0, error: 0 },
      { topic: 't', partition: 1, error: 0 },
    ],
  },
  {
    name: 'partitions of two topics are added, of which one is unknown',
    request: addPartitionsToTxnRequest('w', PRODUCER, [AT, { topic: 'u', partition: 1 }]),
    sent: '000177000000000000000000000000000200017400000001000000000001750000000100000001',
    received: '00000000000000020001740000000100000000003700017500000001000000010003',
    answer: [
      { topic: 't', partition: 0, error: 55 },
      { topic: 'u', partition: 1, error: 3 },
    ],
  },
  {
    name: 'a group is added',
    request: addOffsetsToTxnRequest('w', PRODUCER, 'g'),
    sent: '00017700000000000000000000000167',
    received: '000000000000',
    answer: 0,
  },
  {
    name: 'batches of two partitions are appended',
    request: produceRequest('w', [
      { ...AT, batch: Buffer.from(BATCH, 'hex') },
      { topic: 't', partition: 1, batch: Buffer.from(BATCH, 'hex') },
    ]),
    sent: `000177ffff0000271000000001000174000000020000000000000045${BATCH}0000000100000045${BATCH}`,
    received:
      '00000001000174000000020000000100000000000000000000ffffffffffffffff0000000000000000000000000000000000' +
      '0000000000ffffffffffffffff000000000000000000000000',
    answer: [
      { topic: 't', partition: 1, error: 0, baseOffset: 0 },
      { topic: 't', partition: 0, error: 0, baseOffset: 0 },
    ],
  },
  {
    name: 'positions of someone who is no member',
    request: txnOffsetCommitRequest('w', PRODUCER, { group: 'g', memberId: '', generation: -1 }, POSITIONS),
    sent: '0277026700000000000000000000ffffffff010002027402000000000000000000000007ffffffff026d000000',
    received: '0000000002027402000000000000000000',
    answer: [{ topic: 't', partition: 0, error: 0 }],
  },
  {
    name: 'positions of an unknown member',
    request: txnOffsetCommitRequest('w', PRODUCER, { group: 'g', memberId: 'x', generation: 3 }, POSITIONS),
    sent: '02770267000000000000000000000000000302780002027402000000000000000000000007ffffffff026d000000',
    received: '0000000002027402000000000019000000',
    answer: [{ topic: 't', partition: 0, error: 25 }],
  },
  {
    name: 'positions, one of which a transaction is about to change',
    request: offsetFetchRequest('g', [AT, { topic: 't', partition: 1 }], true),
    sent: '0267020274030000000000000001000100',
    received:
      '000000000202740300000000ffffffffffffffffffffffff0100580000000001ffffffffffffffffffffffff0100000000000000',
    answer: {
      error: 0,
      partitions: [
        { topic: 't', partition: 0, offset: -1, metadata: '', error: 88 },
        { topic: 't', partition: 1, offset: -1, metadata: '', error: 0 },
      ],
    },
  },
  {
    name: 'positions, one of which is there',
    request: offsetFetchRequest('g', [AT, { topic: 't', partition: 1 }], true),
    sent: '0267020274030000000000000001000100',
    received:
      '0000000002027403000000000000000000000007ffffffff026d00000000000001ffffffffffffffffffffffff01000000000000' + '00',
    answer: {
      error: 0,
      partitions: [
        { topic: 't', partition: 0, offset: 7, metadata: 'm', error: 0 },
        { topic: 't', partition: 1, offset: -1, metadata: '', error: 0 },
      ],
    },
  },
  {
    name: 'a transaction is committed',
    request: endTxnRequest('w', PRODUCER, true),
    sent: '0001770000000000000000000001',
    received: '000000000000',
    answer: 0,
  },
];

test.each([...topics, ...transactions])('$name', ({ request, sent, received, answer }) => {
  const out = new WireWriter(1);
  request.write(out);
  expect(Buffer.from(out.toBytes()).toString('hex')).toBe(sent);
  const from = new WireReader(Buffer.from(received, 'hex'));
  expect(request.read(from)).toEqual(answer);
});

/** The time by which a broker throttles is at the end of Produce's answer, and not read. */
const UNREAD_BYTES: Readonly<Record<string, number>> = { Produce: 4 };

test.each([...topics, ...transactions])('$name: an answer that ends early is an error', ({ request, received }) => {
  const whole = Buffer.from(received, 'hex');
  for (let length = 0; length < whole.length - (UNREAD_BYTES[request.apiName] ?? 0); length++)
    expect(() => request.read(new WireReader(whole.subarray(0, length)))).toThrow(RangeError);
});

test('an answer that names nothing is an error', () => {
  const nothing = Buffer.alloc(16);
  for (const request of [
    createTopicRequest({ name: 't', partitions: 1, replicationFactor: 1, config: {} }),
    createPartitionsRequest('t', 1),
    describeTopicRequest('t', []),
    listOffsetsRequest(AT, 0),
    deleteRecordsRequest(AT, 1),
  ])
    expect(() => request.read(new WireReader(nothing))).toThrow(RangeError);
});

test('partitions of several topics are listed beneath their topics, in order', () => {
  const out = new WireWriter(1);
  const partitions = [AT, { topic: 'u', partition: 5 }, { topic: 't', partition: 2 }];
  addPartitionsToTxnRequest('w', PRODUCER, partitions).write(out);
  const listed = '0001740000000200000000000000020001750000000100000005';
  expect(Buffer.from(out.toBytes()).toString('hex')).toBe(`00017700000000000000000000${'00000002'}${listed}`);
});
