import { expect, test } from '@jest/globals';
import { BatchNames } from './batch-names.ts';

const names = new BatchNames({ prefix: 'lake/turnstile/', job: 'mta', run: 'k3x9', task: 12, extension: '.jsonl.gz' });
const NOON = Date.parse('2023-06-03T12:00:00Z');

test.each([
  {
    what: 'a window',
    name: names.ofWindow(NOON, NOON + 300_000, 0, false),
    want: '20230603T120000Z_20230603T120500Z_00000',
  },
  {
    what: 'a window within a second',
    name: names.ofWindow(NOON + 100, NOON + 200, 0, false),
    want: '20230603T120000.100Z_20230603T120000.200Z_00000',
  },
  {
    what: 'a window before 1970',
    name: names.ofWindow(-60_000, 0, 3, false),
    want: '19691231T235900Z_19700101T000000Z_00003',
  },
  {
    what: 'a window before the year 0',
    name: names.ofWindow(Date.parse('-000001-01-01T00:00:00Z'), 0, 0, false),
    want: '-0000010101T000000Z_19700101T000000Z_00000',
  },
  {
    what: 'a window beyond all dates',
    name: names.ofWindow(8.64e15, 8.64e15 + 1, 0, false),
    want: '+2757600913T000000Z_8640000000000001_00000',
  },
  {
    what: 'a window cut short',
    name: names.ofWindow(0, 60_000, 1, true),
    want: '19700101T000000Z_19700101T000100Z_00001_partial',
  },
  { what: 'no window', name: names.running(123_456, false), want: '123456' },
  { what: 'no window, cut short', name: names.running(7, true), want: '00007_partial' },
])('the name of $what', ({ name, want }) => {
  expect(name).toBe(`lake/turnstile/mta_k3x9_12_${want}.jsonl.gz`);
});

test('without a prefix and a run the name starts with the job', () => {
  expect(new BatchNames({ job: 'mta', task: 0, extension: '.csv' }).running(0, false)).toBe('mta_0_00000.csv');
});
