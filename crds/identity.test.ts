import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  changelogTopic,
  consumerWriterId,
  deadLetterTopic,
  groupName,
  producerTopic,
  producerWriterId,
  repartitionTopic,
  runPrefix,
  runTopic,
} from './identity.ts';
import type { JobIdentity } from './identity.ts';

const RIDES: JobIdentity = { namespace: 'taxi', name: 'rides', uid: '5f1c', run: 'k3x9' };

/** Names that are near one another, so that accidents get their chance: few letters, dots, and words of our own. */
const word = fc.constantFrom('a', 'b', 'run', 'producer', 'consumer', 'changelog', 'dead-letters', '0', 'a'.repeat(60));
const name = fc
  .array(word, { minLength: 1, maxLength: 5 })
  .chain((words) => fc.constantFrom('.', '-', '').map((between) => words.join(between).slice(0, 253)))
  .filter((text) => !/[.-]$/.test(text));
const run = fc.constantFrom('a', 'run', 'producer', 'consumer', 'changelog', '0');
const identity = fc.record({
  namespace: fc.constantFrom('a', 'b', 'a-b', 'n'.repeat(63)),
  name: fc.oneof(name, fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/)),
  uid: fc.constant('u'),
  run: fc.oneof(run, fc.stringMatching(/^[a-z0-9]{1,16}$/)),
});
const instance = fc.oneof(name, fc.constantFrom('rides-7d4b9c-x2x5p', 'Host.local-17', 'x'.repeat(253)));

const topicsOf = (of: JobIdentity): string[] => [
  runTopic(of),
  ...[0, 1, 12].flatMap((stage) => [changelogTopic(of, stage), repartitionTopic(of, stage)]),
  producerTopic(of),
  deadLetterTopic(of),
];

const isSame = (a: JobIdentity, b: JobIdentity): boolean =>
  a.namespace === b.namespace && a.name === b.name && a.run === b.run;

/** As a broker compares the names of topics. */
const flattened = (names: readonly string[]): string[] => names.map((topic) => topic.replaceAll('.', '_'));

describe('the names of a run', () => {
  it('say whose they are and what they are', () => {
    expect([
      groupName(RIDES),
      runTopic(RIDES),
      changelogTopic(RIDES, 0),
      repartitionTopic(RIDES, 1),
      producerTopic(RIDES),
      deadLetterTopic(RIDES),
      consumerWriterId(RIDES, 'rides-consumer-7d4b9c-x2x5p'),
      producerWriterId(RIDES),
    ]).toEqual([
      'sj.taxi.rides.k3x9',
      'sj.taxi.rides.k3x9.run',
      'sj.taxi.rides.k3x9.changelog.0',
      'sj.taxi.rides.k3x9.repartition.1',
      'sj.taxi.rides.k3x9.producer',
      'sj.taxi.rides.k3x9.dead-letters',
      'sj.taxi.rides.k3x9.consumer.rides-consumer-7d4b9c-x2x5p',
      'sj.taxi.rides.k3x9.producer',
    ]);
  });

  const LONG = 'n'.repeat(63);
  it.each([
    { title: 'keeps a name of 62 characters', name: LONG.slice(1), want: LONG.slice(1) },
    // The digits were computed apart from this code; a change of them would orphan the topics of running jobs.
    { title: 'shortens a name of 63 characters', name: LONG, want: `${LONG.slice(0, 54)}-ec33765f` },
    { title: 'writes a dot as _', name: 'a.b', want: 'a_b' },
  ])('$title', ({ name, want }) => {
    expect(runPrefix({ ...RIDES, name })).toBe(`sj.taxi.${want}.k3x9`);
  });

  it('tells a long name from the short one that it is shortened to', () => {
    const shortened = runPrefix({ ...RIDES, name: LONG }).split('.')[2]!;
    expect(runPrefix({ ...RIDES, name: shortened })).not.toBe(runPrefix({ ...RIDES, name: LONG }));
  });

  it('are legal in Kafka and at most 249 characters, whatever the job is called', () => {
    fc.assert(
      fc.property(identity, instance, (of, process) => {
        for (const legal of [...topicsOf(of), groupName(of), consumerWriterId(of, process), producerWriterId(of)])
          expect(legal).toMatch(/^[A-Za-z0-9._-]{1,249}$/);
      }),
    );
  });

  it('are never shared by two runs, not even as a broker compares them, and begin the names of one run only', () => {
    fc.assert(
      fc.property(identity, identity, (one, other) => {
        fc.pre(!isSame(one, other));
        expect(new Set(flattened([...topicsOf(one), ...topicsOf(other)])).size).toBe(2 * topicsOf(one).length);
        expect(groupName(one)).not.toBe(groupName(other));
        for (const topic of topicsOf(other)) expect(topic.startsWith(`${runPrefix(one)}.`)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('let no process write in the name of another', () => {
    fc.assert(
      fc.property(identity, identity, instance, instance, (one, other, first, second) => {
        const ids = [consumerWriterId(one, first), producerWriterId(one)];
        if (!isSame(one, other)) ids.push(consumerWriterId(other, second), producerWriterId(other));
        else if (first !== second) ids.push(consumerWriterId(one, second));
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { title: 'a namespace with a dot', change: { namespace: 'a.b' } },
    { title: 'no namespace', change: { namespace: '' } },
    { title: 'a name with an underscore', change: { name: 'a_b' } },
    { title: 'a name that is too long', change: { name: 'a'.repeat(254) } },
    { title: 'a run with a dot', change: { run: 'a.b' } },
    { title: 'no run', change: { run: '' } },
  ])('do not exist for $title', ({ change }) => {
    expect(() => runPrefix({ ...RIDES, ...change })).toThrow(RangeError);
  });

  it('do not exist for a process that is called like no pod or host', () => {
    expect(() => consumerWriterId(RIDES, 'a_b')).toThrow(/instance/);
  });
});
