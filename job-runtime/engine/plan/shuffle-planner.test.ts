/** Where records and groups change their task, and why (docs/semantics.md §7). */
import { describe, expect, test } from '@jest/globals';
import type { SpecPatch } from '../../../test/builders/stream-job.ts';
import { TUMBLING, planOf, problemsOf } from '../../../test/builders/stream-job.ts';

const FIELDS = [
  { name: 'TIME', type: 'timestamp', format: 'epochMillis' },
  ...['A', 'B', 'C'].map((name) => ({ name, type: 'string' })),
  { name: 'N', type: 'long' },
];

interface Job {
  readonly key?: readonly string[];
  readonly steps?: readonly object[];
  readonly groupBy?: readonly string[];
  /** More of the window; null: no window. */
  readonly window?: object | null;
}

function specOf({ key, steps = [], groupBy = ['A'], window = {} }: Job): SpecPatch {
  const given = { ...TUMBLING, aggregate: { SUM: { sum: 'N' } }, groupBy, ...window };
  return {
    schema: { format: 'csv', fields: FIELDS, eventTime: 'TIME', ...(key && { key: { fields: key } }) },
    steps,
    ...(window && { window: given }),
  };
}

/** A stage: what it reads > steps as they arrive / steps in order > what it gives, and by which fields. */
function stagesOf(job: Job): string[] {
  return planOf(specOf(job)).stages.map(({ input, arriving, ordered, output, shuffleBy }) => {
    const steps = [arriving, ordered ?? []].map((list) => list.map(({ name }) => name).join(' '));
    const middle = ordered ? `${steps[0]} / ${steps[1]}` : steps[0];
    const by = shuffleBy.length > 0 ? ` by ${shuffleBy.map(({ name }) => name).join(',')}` : '';
    return `${input} > ${middle} > ${output}${by}`;
  });
}

const filter = { name: 'keep', filter: 'N > 0' };
const map = { name: 'make', map: { set: { D: 'N + 1' } } };
const once = (...by: string[]): object => ({ name: `once-${by.join('').toLowerCase()}`, deduplicate: { by } });
const change = (...by: string[]): object => ({
  name: `change-${by.join('').toLowerCase()}`,
  delta: { by, fields: { CHANGE: 'N' } },
});

describe('stages', () => {
  test.each<{ what: string; job: Job; want: string[] }>([
    { what: 'the key is the group', job: { key: ['A'] }, want: ['source >  > rows'] },
    { what: 'the key is part of the group', job: { key: ['A'], groupBy: ['B', 'A'] }, want: ['source >  > rows'] },
    {
      what: 'the group is part of the key',
      job: { key: ['A', 'B'] },
      want: ['source >  > groups', 'groups >  > rows'],
    },
    { what: 'no key', job: {}, want: ['source >  > groups', 'groups >  > rows'] },
    { what: 'one group for all', job: { key: ['A'], groupBy: [] }, want: ['source >  > groups', 'groups >  > rows'] },
    {
      what: 'shuffle: always',
      job: { key: ['A'], window: { shuffle: 'always' } },
      want: ['source >  > groups', 'groups >  > rows'],
    },
    { what: 'no window', job: { window: null, steps: [filter, map] }, want: ['source > keep make > rows'] },
    {
      what: 'no window, with a deduplicate by the key',
      job: { key: ['A'], window: null, steps: [{ name: 'once', deduplicate: { by: ['A', 'B'], within: '1s' } }] },
      want: ['source > once > rows'],
    },
    {
      what: 'filters and maps run as records arrive',
      job: { key: ['A'], steps: [filter, map] },
      want: ['source > keep make > rows'],
    },
    {
      what: 'a deduplicate on the event time needs no order',
      job: { key: ['A'], steps: [once('A', 'TIME'), filter] },
      want: ['source > once-atime keep > rows'],
    },
    {
      what: 'another deduplicate does',
      job: { key: ['A'], steps: [filter, once('A'), map] },
      want: ['source > keep / once-a make > rows'],
    },
    {
      what: 'so does every delta',
      job: { key: ['A'], steps: [change('A', 'TIME')] },
      want: ['source >  / change-atime > rows'],
    },
    {
      what: 'maps before the hold are done again behind it, filters are not',
      job: { key: ['A'], steps: [filter, map, once('A')] },
      want: ['source > keep make / make once-a > rows'],
    },
    {
      what: 'steps behind a held one follow it',
      job: { key: ['A'], steps: [once('A'), once('A', 'TIME'), filter] },
      want: ['source >  / once-a once-atime keep > rows'],
    },
    {
      what: 'a deduplicate by other fields than the key brings records together',
      job: { steps: [once('A')] },
      want: ['source >  > records by A', 'records >  / once-a > rows'],
    },
    {
      what: 'they go by what all that follows shares',
      job: { groupBy: ['A', 'B'], steps: [once('A', 'B', 'C')] },
      want: ['source >  > records by A,B', 'records >  / once-abc > rows'],
    },
    {
      what: 'or by as much as leaves a field',
      job: { groupBy: ['C'], steps: [once('A', 'B'), once('B')] },
      want: ['source >  > records by B', 'records >  / once-ab once-b > groups', 'groups >  > rows'],
    },
    {
      what: 'behind a shuffle a deduplicate on the event time needs order too',
      job: { steps: [filter, map, once('A', 'TIME')] },
      want: ['source > keep make > records by A', 'records >  / make once-atime > rows'],
    },
    {
      what: 'two deduplicates that share nothing are two shuffles',
      job: { groupBy: ['B'], steps: [once('A'), once('B')] },
      want: ['source >  > records by A', 'records >  / once-a > records by B', 'records >  / once-b > rows'],
    },
    {
      what: 'a key that a map sets anew is not the key',
      job: { key: ['A'], steps: [{ name: 'other', map: { set: { A: 'B' } } }] },
      want: ['source > other > groups', 'groups >  > rows'],
    },
    {
      what: 'a key that is renamed is',
      job: { key: ['A'], groupBy: ['Z'], steps: [{ name: 'call', map: { rename: { A: 'Z' } } }] },
      want: ['source > call > rows'],
    },
    {
      what: 'sessions as windows',
      job: { window: { type: 'session', size: undefined, gap: '5ms' } },
      want: ['source >  > groups', 'groups >  > rows'],
    },
  ])('$what', ({ job, want }) => {
    expect(stagesOf(job)).toEqual(want);
  });
});

describe('reasons', () => {
  test.each<{ what: string; job: Job; want: string[] }>([
    {
      what: 'the key keeps groups together',
      job: { key: ['A'] },
      want: ['the record key (A) keeps each group in one partition: no shuffle'],
    },
    {
      what: 'groups are spread',
      job: {},
      want: [
        'groups by A spread over partitions: each task aggregates what it reads, and a second stage puts the groups together',
      ],
    },
    {
      what: 'one group is spread',
      job: { groupBy: [] },
      want: [
        'groups by nothing spread over partitions: each task aggregates what it reads, and a second stage puts the groups together',
      ],
    },
    {
      what: 'a step needs records together',
      job: { steps: [once('A', 'B')] },
      want: [
        'step once-ab needs all records of equal A, B in one task, which the record key does not ensure: records are shuffled by A',
      ],
    },
    { what: 'nothing has to come together', job: { window: null }, want: [] },
  ])('$what', ({ job, want }) => {
    expect(planOf(specOf(job)).reasons).toEqual(want);
  });
});

describe('problems', () => {
  test.each<{ what: string; job: Job; want: string[] }>([
    {
      what: 'a deduplicate without a window that the key does not serve',
      job: { key: ['B'], window: null, steps: [{ name: 'once', deduplicate: { by: ['A'], within: '1s' } }] },
      want: [
        'spec.steps[0]: deduplicate without a window needs a record key made of fields among A; declare it under spec.schema.key, or add a window',
      ],
    },
    {
      what: 'a shuffle behind a delta',
      job: { key: ['A'], groupBy: ['B'], steps: [filter, change('A'), once('B')] },
      want: [
        'spec.steps[2]: needs records of equal B in one task, and the delta step change-a before it needs them by other fields; put it before the delta, or let both share a field',
      ],
    },
    {
      what: 'none: groups behind a delta are aggregated in two stages',
      job: { key: ['A'], groupBy: ['B'], steps: [change('A')] },
      want: [],
    },
    {
      what: 'none: the delta shares a field with what follows',
      job: { groupBy: ['A'], steps: [change('A', 'B'), once('A', 'C')] },
      want: [],
    },
  ])('$what', ({ job, want }) => {
    expect(problemsOf(specOf(job))).toEqual(want);
  });
});

describe('growth of the source', () => {
  test.each<{ what: string; job: Job; want: 'free' | 'keyed' }>([
    { what: 'windows in the first stage', job: { key: ['A'] }, want: 'keyed' },
    { what: 'windows behind a shuffle', job: {}, want: 'free' },
    { what: 'windows behind a shuffle by choice', job: { key: ['A'], window: { shuffle: 'always' } }, want: 'free' },
    { what: 'no window and no memory', job: { window: null, steps: [filter, map] }, want: 'free' },
    {
      what: 'a step with memory before the shuffle',
      job: { key: ['B'], steps: [once('B')] },
      want: 'keyed',
    },
    { what: 'a step with memory behind a shuffle', job: { steps: [once('A')] }, want: 'free' },
  ])('$what: $want', ({ job, want }) => {
    expect(planOf(specOf(job)).growth).toBe(want);
  });
});
