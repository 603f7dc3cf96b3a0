/** What is judged of records that move or wait, and when. */
import type { Case } from './judge.test-kit.ts';
import {
  afterwards,
  completed,
  crashed,
  DEAD,
  EARLIER,
  MOVING,
  running,
  STANDING,
  suspended,
  troubled,
  WINDOWLESS,
} from './judge.test-kit.ts';
import { kafkaAt, NOW, observed, progressAt, QUIET } from './observed.test-kit.ts';

export const RECORDS: readonly Case[] = [
  { name: 'records are worked off', of: () => running({}, { kafka: MOVING }), want: 'Progressing True Progressing' },
  { name: 'there is nothing to read', of: () => running(), want: 'Progressing True Quiet' },
  {
    name: 'records wait and no position moves',
    of: () => running({}, { kafka: STANDING }),
    want: 'Progressing False Stalled',
  },
  {
    name: 'one partition moves and another has no position',
    of: () =>
      running(
        {},
        {
          kafka: kafkaAt({
            progress: progressAt(NOW, [
              [5, 9],
              [undefined, 9],
            ]),
            earlier: progressAt(EARLIER, [
              [4, 9],
              [undefined, 9],
            ]),
          }),
        },
      ),
    want: 'Progressing True Progressing',
  },
  {
    name: 'a partition was added since',
    of: () =>
      running(
        {},
        {
          kafka: kafkaAt({
            progress: progressAt(NOW, [
              [5, 9],
              [1, 9],
            ]),
            earlier: progressAt(EARLIER, [[5, 9]]),
          }),
        },
      ),
    want: 'Progressing True Progressing',
  },
  {
    name: 'nothing is committed',
    of: () =>
      running(
        {},
        {
          kafka: kafkaAt({
            progress: progressAt(NOW, [[undefined, 9]]),
            earlier: progressAt(EARLIER, [[undefined, 9]]),
          }),
        },
      ),
    want: 'Progressing Unknown NotStarted',
  },
  {
    name: 'nothing is known of positions',
    of: () => observed({}, { kafka: { at: NOW, partitions: 4 } }),
    want: 'Progressing Unknown NotStarted',
  },
  {
    name: 'positions are gone',
    of: () => crashed('OffsetsLost'),
    want: 'Progressing False OffsetsLost',
    says: 'pod job-consumer-0',
  },
  { name: 'positions are out of range', of: () => crashed('OffsetOutOfRange'), want: 'Progressing False OffsetsLost' },
  { name: 'the state is too large', of: () => crashed('StateTooLarge'), want: 'Progressing False StateTooLarge' },
  { name: 'the state cannot be read', of: () => crashed('StateUnreadable'), want: 'Progressing False StateUnreadable' },
  {
    name: 'a record is refused and the job is to stop',
    of: () => crashed('RecordBad'),
    want: 'Progressing False RecordRefused',
  },
  {
    name: 'the sink does not answer',
    of: () => troubled('SinkUnavailable'),
    want: 'Progressing False SinkUnavailable',
  },
  { name: 'the runtime refuses the manifest', of: () => crashed('ConfigInvalid'), want: 'Progressing False JobFailed' },
  { name: 'nobody wants progress', of: () => suspended(), want: 'Progressing False Suspended' },
  { name: 'all was worked off', of: completed, want: 'Progressing True Completed' },
  {
    name: 'a pod that is about to go is in trouble',
    of: () => troubled('StateTooLarge', { isDeleting: true }),
    want: 'Progressing True Quiet',
  },
  {
    name: 'a pod is ready again',
    of: () => troubled('StateTooLarge', { isReady: true }),
    want: 'Progressing True Quiet',
  },

  { name: 'event time goes on', of: () => running({}, { kafka: MOVING }), want: 'WatermarkAdvancing True Advancing' },
  {
    name: 'no records come',
    of: () => running({}, { kafka: kafkaAt({ earlier: { ...QUIET, at: EARLIER } }) }),
    want: 'WatermarkAdvancing True Idle',
  },
  {
    name: 'records wait and the watermark stands',
    of: () =>
      running(
        {},
        {
          kafka: kafkaAt({
            progress: progressAt(NOW, [
              [5, 9, 7],
              [7, 9, 3],
              [1, 9, Infinity],
              [1, 9, Infinity],
            ]),
            earlier: progressAt(EARLIER, [
              [4, 9, 3],
              [7, 9, 3],
              [1, 9, Infinity],
              [1, 9, Infinity],
            ]),
          }),
        },
      ),
    want: 'WatermarkAdvancing False Stalled',
    says: 'rides/1',
  },
  {
    name: 'a suspended job has records left',
    of: () => suspended({ kafka: STANDING }),
    want: 'WatermarkAdvancing Unknown Idle',
  },
  {
    name: 'the job has no window',
    of: () => running({ spec: WINDOWLESS }),
    want: 'WatermarkAdvancing Unknown NoWindow',
  },
  {
    name: 'no watermark is known',
    of: () => running({}, { kafka: kafkaAt({ progress: progressAt(NOW, [[5, 5, -Infinity]]) }) }),
    want: 'WatermarkAdvancing Unknown NotStarted',
  },

  { name: 'there is no lag', of: () => running(), want: 'WithinLag True WithinLag' },
  {
    name: 'the lag is worked off in no time',
    of: () => running({}, { kafka: MOVING }),
    want: 'WithinLag True WithinLag',
  },
  {
    name: 'it would take minutes',
    of: () =>
      running(
        {},
        { kafka: kafkaAt({ progress: progressAt(NOW, [[5, 900]]), earlier: progressAt(EARLIER, [[4, 9]]) }) },
      ),
    want: 'WithinLag False Behind',
  },
  { name: 'no position moves', of: () => running({}, { kafka: STANDING }), want: 'WithinLag Unknown Unknown' },
  {
    name: 'Kafka was asked long ago',
    of: () => running({}, { now: NOW + 120_000, kafka: MOVING }),
    want: 'WithinLag Unknown Unknown',
  },
  {
    name: 'a quiet job was asked about at its last turn',
    of: () => running({}, { now: NOW + 330_000 }),
    want: 'WithinLag True WithinLag',
  },

  { name: 'no record was refused', of: () => running(), want: 'DeadLettering False NoDeadLetters' },
  {
    name: 'records were refused',
    of: () => running({}, { kafka: kafkaAt({ progress: DEAD }) }),
    want: 'DeadLettering True DeadLetters',
  },
  {
    name: 'records were refused before the operator was restarted',
    of: () => afterwards(kafkaAt({ progress: DEAD })),
    want: 'DeadLettering True DeadLetters',
  },
];
