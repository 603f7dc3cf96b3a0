import { describe, expect, test } from '@jest/globals';
import { Kafka } from '../../../crds/topic.ts';
import { clusterOf } from './cluster.ts';

const flags = (given: Record<string, string>): Map<string, string[]> =>
  new Map(Object.entries(given).map(([name, value]) => [name, [value]]));

const PLAIN = Kafka.parse({ brokers: ['a:1'] });
const SECURED = Kafka.parse({ brokers: ['a:1'], tls: {}, sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } } });

describe('the cluster of a command', () => {
  test.each<[string, Record<string, string>, Kafka | undefined, object]>([
    ['the flag’s', { kafka: 'b:2, c:3' }, undefined, { kafka: { brokers: ['b:2', 'c:3'] } }],
    ['the manifest’s', {}, PLAIN, { kafka: PLAIN }],
    [
      'the manifest’s security with the flag’s brokers',
      { kafka: 'b:2', secrets: 'dir' },
      SECURED,
      { kafka: { ...SECURED, brokers: ['b:2'] } },
    ],
    ['nowhere', {}, undefined, { complaint: 'where is Kafka? give its brokers: --kafka HOST:PORT,…' }],
    [
      'at an address that is none',
      { kafka: 'user:secret@b' },
      PLAIN,
      { complaint: '--kafka must be up to 16 brokers, each HOST:PORT, with commas between them' },
    ],
    [
      'without its Secrets',
      {},
      SECURED,
      { complaint: 'spec.kafka names Secrets: give the folder that holds them with --secrets DIR' },
    ],
    [
      'with Secrets that nobody reads',
      { kafka: 'b:2', secrets: 'dir' },
      undefined,
      { complaint: '--secrets is for the Secrets that spec.kafka of a manifest names, and here are none' },
    ],
  ])('is %s', (_, given, kafka, expected) => {
    expect(clusterOf(flags(given), kafka)).toMatchObject(expected);
  });
});
