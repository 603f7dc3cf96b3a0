import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { jobLabel, objectLabels, selectorLabels, selectorText } from './labels.ts';
import type { Child } from './names.ts';
import { baseName, childName, revisionName } from './names.ts';

const CHILDREN: readonly Child[] = [
  'serviceAccount',
  'networkPolicy',
  'service',
  'consumer',
  'producer',
  'disruptionBudget',
];
const DNS_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Names that are near one another: few letters, dots, digits first, the words that children end with, and long ones. */
const word = fc.constantFrom('a', 'b', '1', 'j', 'j1', 'job', 'consumer', 'metrics', '0123abcd', 'a'.repeat(30));
const near = fc
  .array(word, { minLength: 1, maxLength: 9 })
  .chain((words) => fc.constantFrom('.', '-', '').map((between) => words.join(between).slice(0, 253)))
  .filter((name) => !/[.-]$/.test(name));
const long = fc.stringMatching(/^[a-z0-9][-.a-z0-9]{200,251}[a-z0-9]$/);
const job = fc.oneof(near, long, fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/));
/** And pairs of which one looks as the other was shortened. */
const pair = fc
  .oneof(
    fc.tuple(job, job),
    job.map((name) => [name, baseName(name)] as const),
    job.map((name) => [name, jobLabel(name)] as const),
    long.map((name) => [name, `${name.slice(0, -1)}0`] as const),
  )
  .filter(([a, b]) => a !== b);

describe('the name that all objects of a job begin with', () => {
  test.each([
    ['mta-turnstile', 'mta-turnstile'],
    ['a', 'a'],
    ['a'.repeat(40), 'a'.repeat(40)],
  ])('of the short and simple %p is the same', (name, want) => {
    expect(baseName(name)).toBe(want);
  });

  test.each([
    ['rides.v2', /^rides-v2-[0-9a-z]{32}$/],
    ['2024-rides', /^j2024-rides-[0-9a-z]{29}$/],
    ['a'.repeat(41), /^a{30}-[0-9a-z]{10}$/],
    [`${'a'.repeat(29)}.b${'c'.repeat(222)}`, /^a{29}-[0-9a-z]{11}$/],
  ])('of %p, which a Service cannot have, is shortened or altered, with a hash', (name, want) => {
    expect(baseName(name)).toMatch(want);
  });
});

describe('the objects of any job', () => {
  it('have names that are legal for every kind of object', () => {
    fc.assert(
      fc.property(job, (name) => {
        const names = [...CHILDREN.map((child) => childName(name, child)), revisionName(name, '0123abcd')];
        expect(names.filter((child) => !DNS_1035.test(child) || child.length > 50)).toEqual([]);
      }),
    );
  });

  it('share no name with those of another job', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const namesOf = (name: string): string[] => CHILDREN.map((child) => `${child} ${childName(name, child)}`);
        const others = new Set(namesOf(b));
        expect(namesOf(a).filter((name) => others.has(name))).toEqual([]);
        expect(revisionName(a, '0123abcd')).not.toBe(revisionName(b, '0123abcd'));
        // A Deployment of one could have the name of the other's.
        expect(childName(a, 'consumer')).not.toBe(childName(b, 'producer'));
      }),
    );
  });

  it('have labels that are legal, and those of no other job', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const values = Object.values(objectLabels({ name: a, run: 'k3x9' }, 'consumer'));
        expect(values.filter((value) => !LABEL_VALUE.test(value) || value.length > 63)).toEqual([]);
        expect(jobLabel(a)).not.toBe(jobLabel(b));
      }),
    );
  });
});

describe('labels', () => {
  it('say whose an object is', () => {
    expect(objectLabels({ name: 'rides', run: 'k3x9' }, 'producer')).toEqual({
      'app.kubernetes.io/name': 'streamjob',
      'app.kubernetes.io/instance': 'rides',
      'app.kubernetes.io/component': 'producer',
      'app.kubernetes.io/managed-by': 'streamjob-operator',
      'streamjob.dev/job': 'rides',
      'streamjob.dev/run': 'k3x9',
    });
  });

  it('are selected by what does not change from run to run', () => {
    expect(selectorText(selectorLabels('rides', 'consumer'))).toBe(
      'app.kubernetes.io/component=consumer,streamjob.dev/job=rides',
    );
    expect(selectorText(selectorLabels('rides'))).toBe('streamjob.dev/job=rides');
  });
});
