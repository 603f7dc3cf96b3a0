/** The operator's requests as brokers of Kafka 3.9.1 and 4.1.1 took them, and answers of theirs. */
import { expect, test } from '@jest/globals';
import { deleteGroupRequest } from './delete-group.ts';
import { deleteTopicsRequest } from './delete-topics.ts';
import { LATEST, listManyOffsetsRequest } from './list-offsets.ts';
import { offsetFetchRequest } from './offset-fetch.ts';
import { WireReader, WireWriter } from './wire.ts';

const ENDS = [
  { topic: 't', partition: 0 },
  { topic: 't', partition: 1 },
  { topic: 'u', partition: 0 },
];

const EXCHANGES = [
  {
    name: 'the ends of several topics, in whatever order',
    request: listManyOffsetsRequest(ENDS, LATEST),
    sent:
      'ffffffff00000000020001740000000200000000ffffffffffffffff00000001ffffffffffffffff' +
      '0001750000000100000000ffffffffffffffff',
    received:
      '000000000000000200017400000002000000010000ffffffffffffffff0000000000000002000000000000ffffffffffffffff' +
      '000000000000000000017500000001000000000000ffffffffffffffff0000000000000000',
    answer: [
      { topic: 't', partition: 1, error: 0, offset: 2 },
      { topic: 't', partition: 0, error: 0, offset: 0 },
      { topic: 'u', partition: 0, error: 0, offset: 0 },
    ],
  },
  {
    name: 'all positions of a group',
    request: offsetFetchRequest('g', null, false),
    sent: '0267000000',
    received: '0000000002027402000000000000000000000007ffffffff026d00000000000000',
    answer: { error: 0, partitions: [{ topic: 't', partition: 0, offset: 7, metadata: 'm', error: 0 }] },
  },
  {
    name: 'all positions of a group that does not exist',
    request: offsetFetchRequest('h', null, false),
    sent: '0268000000',
    received: '0000000001000000',
    answer: { error: 0, partitions: [] },
  },
  {
    name: 'a group is deleted',
    request: deleteGroupRequest('g'),
    sent: '00000001000167',
    received: '00000000000000010001670000',
    answer: 0,
  },
  {
    name: 'a group is deleted again',
    request: deleteGroupRequest('g'),
    sent: '00000001000167',
    received: '00000000000000010001670045',
    answer: 69,
  },
  {
    name: 'topics are deleted, one of which does not exist',
    request: deleteTopicsRequest(['t', 'x']),
    sent: '0000000200017400017800002710',
    received: '000000000000000200017800030001740000',
    answer: new Map([
      ['x', 3],
      ['t', 0],
    ]),
  },
];

test.each(EXCHANGES)('$name', ({ request, sent, received, answer }) => {
  const out = new WireWriter(1);
  request.write(out);
  expect(Buffer.from(out.toBytes()).toString('hex')).toBe(sent);
  expect(request.read(new WireReader(Buffer.from(received, 'hex')))).toEqual(answer);
});

test.each(EXCHANGES)('$name: an answer that ends early is an error', ({ request, received }) => {
  const whole = Buffer.from(received, 'hex');
  for (let length = 0; length < whole.length; length++)
    expect(() => request.read(new WireReader(whole.subarray(0, length)))).toThrow(RangeError);
});

test('an answer that names no group is an error', () => {
  expect(() => deleteGroupRequest('g').read(new WireReader(Buffer.alloc(8)))).toThrow(RangeError);
});
