import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AssignerProtocol } from 'kafkajs';
import type { TopicPartition } from '../../log.ts';
import { decodeClaim, decodePart, encodeClaim, encodePart } from './consumer-protocol.ts';

/** Topic names as JavaScript and JSON might trip over. */
const topic = fc.oneof(fc.stringMatching(/^[a-zA-Z0-9._-]{1,8}$/), fc.constantFrom('__proto__', '7', 'constructor'));
const partitions = fc.uniqueArray(fc.record({ topic, partition: fc.nat() }), { selector: nameOf, maxLength: 12 });

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
const named = (list: readonly TopicPartition[]): string[] => list.map(nameOf).sort();

describe('a claim', () => {
  test('comes back as it was, without its member id', () => {
    fc.assert(
      fc.property(partitions, fc.integer({ min: -1, max: 2 ** 31 - 1 }), (owned, generation) => {
        const claim = decodeClaim(encodeClaim(['in'], { owned, generation }));
        expect({ ...claim, owned: named(claim.owned) }).toEqual({ owned: named(owned), generation });
      }),
    );
  });

  test('shows its topics to tools', () => {
    const bytes = encodeClaim(['in', 'repartition'], { owned: [], generation: -1 });
    const seen = AssignerProtocol.MemberMetadata.decode(Buffer.from(bytes));
    expect(seen).toMatchObject({ version: 0, topics: ['in', 'repartition'] });
  });

  test.each([
    { name: 'nothing at all', bytes: Buffer.alloc(0) },
    { name: 'no user data', bytes: metadata(Buffer.alloc(0)) },
    { name: 'user data of another version', bytes: metadata(Buffer.from('\x02{"generation":1,"owned":{}}')) },
    { name: 'user data that is no JSON', bytes: metadata(Buffer.from('\x01{')) },
    { name: 'user data that is no claim', bytes: metadata(Buffer.from('\x01{"generation":1}')) },
  ])('of $name is a claim on nothing', ({ bytes }) => {
    expect(decodeClaim(bytes)).toEqual({ owned: [], generation: -1 });
  });
});

function metadata(userData: Buffer): Buffer {
  return AssignerProtocol.MemberMetadata.encode({ version: 0, topics: ['in'], userData });
}

describe('a part', () => {
  test('comes back as it was', () => {
    const shared = fc.dictionary(topic, fc.integer());
    fc.assert(
      fc.property(partitions, shared, (given, numbers) => {
        const part = decodePart(encodePart({ partitions: given, shared: numbers }));
        expect(named(part.partitions)).toEqual(named(given));
        expect(Object.entries(part.shared).sort()).toEqual(Object.entries(numbers).sort());
      }),
    );
  });

  test('shows its partitions to tools', () => {
    const given = [0, 2].map((partition) => ({ topic: 'in', partition }));
    const bytes = Buffer.from(encodePart({ partitions: given, shared: { first: 4 } }));
    expect(AssignerProtocol.MemberAssignment.decode(bytes)).toMatchObject({ version: 0, assignment: { in: [0, 2] } });
  });

  test('of no bytes, which a leader gives to whom it does not know, is nothing', () => {
    expect(decodePart(new Uint8Array(0))).toEqual({ partitions: [], shared: {} });
  });

  test('of another version is refused', () => {
    const userData = Buffer.from('\x02{}');
    const bytes = AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: {}, userData });
    expect(() => decodePart(bytes)).toThrow('of a release that this one does not understand');
  });
});
