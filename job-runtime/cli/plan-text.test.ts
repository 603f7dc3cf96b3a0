import { describe, expect, test } from '@jest/globals';
import { jobOf } from '../../test/reference/job.ts';
import { planJob } from '../engine/plan/planner.ts';
import { planText } from './plan-text.ts';

function planOf(spec: object): string {
  const job = jobOf(spec);
  const planned = planJob(job);
  if ('problems' in planned) throw new RangeError(JSON.stringify(planned.problems));
  return planText(job, planned.plan);
}

const schema = {
  format: 'csv',
  fields: [
    { name: 'meter', type: 'string' },
    { name: 'zone', type: 'string' },
    { name: 'total', type: 'long' },
    { name: 'at', type: 'timestamp' },
  ],
  eventTime: 'at',
};

describe('the plan in words', () => {
  test('tells stages, order, shuffles, state, lateness, columns and reasons', () => {
    const text = planOf({
      topic: { name: 'readings', partitions: 12 },
      schema,
      steps: [
        { name: 'paid', filter: 'total > 0' },
        { name: 'change', delta: { by: ['meter'], fields: { used: 'total' }, maxChange: 7200 } },
      ],
      window: {
        type: 'sliding',
        size: '1h',
        slide: '15m',
        groupBy: ['zone'],
        aggregate: { used: { sum: 'used' }, n: { count: '*' }, p: { percentile: { field: 'used', p: 0.9 } } },
        allowedLateness: '1m',
        late: 'deadLetter',
        watermark: { delay: '2m' },
      },
      sink: {
        file: {
          path: 'out',
          columns: ['zone', 'until', 'used'],
          columnOptions: { until: { from: 'window.end', format: 'HH:mm' } },
        },
      },
      onError: 'skip',
    });
    expect(text).toBe(`Plan of reference

Records   topic readings, 12 partitions, csv, written by others
          event time: at; a partition's watermark trails its largest event time by 2m
          record key: nothing is known of it
          partitions may be added while the job runs

Stage 1 of 3: 12 tasks, one for each partition that it reads
  reads   the records of topic readings
  does    paid: keeps records for which total > 0
  gives   the records, as they came, to the 12 partitions of the topic between stage 1 and 2; equal meter go
            to one partition

Stage 2 of 3: 12 tasks, one for each partition that it reads
  reads   the records that stage 1 shuffled
  does    holds records until the watermark has closed their windows, then takes them in the order of their
            event times:
          change: change of total (as used) since the reading before of the same meter, at most 168h old; more
            than 7200 counts as 0
  keeps   the records that wait for the watermark
          for change: the last reading of each meter, for 168h
          the aggregates of the groups since its last commit, no longer
  gives   the groups, each with what it has so far, to the 12 partitions of the topic between stage 2 and 3; a
            group always goes to the same partition

Stage 3 of 3: 12 tasks, one for each partition that it reads
  reads   what stage 2 aggregated, a part of each group at a time
  keeps   each open window, with the aggregates of its groups
  gives   the results of windows that have closed to the sink

Window    sliding: 1h long, one starts every 15m
          one result for each zone
          computes used = sum of used, n = number of records, p = percentile 0.9 of used
          comes out once, when it closes

Late      a record is late when all windows that it belongs to have closed: when the watermark of its own
            partition has passed their ends, and 1m more have passed
          late records are counted and kept as dead letters

Bad       a record that does not fit the schema, or on which an expression fails, is dropped and counted

Results   files in folder out: csv, at most 100000 rows each, exactly once
          columns: zone, until (from window.end as HH:mm), used

Why       Step change needs all records of equal meter in one task, which the record key does not ensure:
            records are shuffled by meter.
          Groups by zone spread over partitions: each task aggregates what it reads, and a second stage puts
            the groups together.
`);
  });

  test('of a job without window and shuffle is short', () => {
    expect(planOf({ schema })).toBe(`Plan of reference

Records   topic input, 1 partition, csv, written by others
          event time: none is needed
          record key: nothing is known of it
          partitions may be added while the job runs

Stage 1: 1 task, one for each partition that it reads
  reads   the records of topic input
  gives   each record to the sink

Window    none: each record goes to the sink by itself

Late      no record is late without a window

Bad       a record that does not fit the schema, or on which an expression fails, is counted and kept as a
            dead letter

Results   printed as json, at least once
          columns: meter, zone, total, at

Why       Nothing has to be brought together: each partition is worked on by itself.
`);
  });
});
