/** Whether records move: positions, watermark, lag and dead letters, from the group's commits and from what pods say. */
import type { ConditionReason, Judgement } from '../../crds/conditions.ts';
import type { Aim } from './aim.ts';
import { lagSeconds, totalLag } from './lag-scaling.ts';
import type { Observed, ProgressFacts } from './observed.ts';
import type { PodTrouble } from './pod-trouble.ts';
import { podTroubles } from './pod-trouble.ts';

const REASONS: Readonly<Record<string, ConditionReason<'Progressing'>>> = {
  OffsetsLost: 'OffsetsLost',
  OffsetOutOfRange: 'OffsetsLost',
  StateTooLarge: 'StateTooLarge',
  StateUnreadable: 'StateUnreadable',
  RecordBad: 'RecordRefused',
  RecordsUnreadable: 'RecordRefused',
  SinkUnavailable: 'SinkUnavailable',
  OutputFailed: 'SinkUnavailable',
  ConfigInvalid: 'JobFailed',
  InputUnreadable: 'JobFailed',
  InputTruncated: 'JobFailed',
  Unexpected: 'JobFailed',
};
const DEFAULT_LAG_SECONDS = 60;

export function judgeProgress(observed: Observed, { end, target }: Aim): Judgement {
  const type = 'Progressing';
  if (end === 'completed') return { type, status: 'True', reason: 'Completed', message: 'all records were worked off' };
  if (end === 'suspended') return { type, status: 'False', reason: 'Suspended', message: 'spec.suspend is true' };
  const stop = podTroubles(observed.pods).find(({ code }) => REASONS[code] !== undefined);
  if (stop) return { type, status: 'False', reason: REASONS[stop.code]!, message: lineOf(stop) };
  return judgePositions(target && observed.kafka);
}

function judgePositions({ progress, earlier }: Observed['kafka'] = {}): Judgement {
  const type = 'Progressing';
  if (progress && totalLag(progress) === 0) {
    return { type, status: 'True', reason: 'Quiet', message: 'all records are worked off' };
  }
  if (!progress?.partitions.some(({ committed }) => committed !== undefined)) {
    return { type, status: 'Unknown', reason: 'NotStarted', message: 'no position is committed yet' };
  }
  if (earlier && !hasMoved(progress, earlier)) {
    return {
      type,
      status: 'False',
      reason: 'Stalled',
      message: 'records wait, and no position has moved since the last look',
    };
  }
  return { type, status: 'True', reason: 'Progressing', message: 'records are worked off' };
}

export function judgeWatermark({ kafka }: Observed, { target, end }: Aim): Judgement {
  const type = 'WatermarkAdvancing';
  if (target && !target.sound.job.spec.window) {
    return { type, status: 'Unknown', reason: 'NoWindow', message: 'the job has no window' };
  }
  if (end) return { type, status: 'Unknown', reason: 'Idle', message: 'no pods run that could move it' };
  return judgeMoving(kafka);
}

function judgeMoving({ progress, earlier }: Observed['kafka']): Judgement {
  const type = 'WatermarkAdvancing';
  const watermark = progress && watermarkOf(progress);
  if (progress === undefined || watermark === undefined || watermark === -Infinity) {
    return { type, status: 'Unknown', reason: 'NotStarted', message: 'no watermark is committed yet' };
  }
  const before = earlier && watermarkOf(earlier);
  if (before === undefined || watermark > before) {
    return { type, status: 'True', reason: 'Advancing', message: 'windows close as event time goes on' };
  }
  if (totalLag(progress) === 0) return { type, status: 'True', reason: 'Idle', message: 'no records come' };
  return {
    type,
    status: 'False',
    reason: 'Stalled',
    message: `records wait, and the watermark of ${slowest(progress)} stands still, so that no window closes`,
  };
}

export function judgeLag(observed: Observed, { target, end }: Aim): Judgement {
  const type = 'WithinLag';
  const { now, kafka } = observed;
  const limit = target?.sound.job.spec.consumer.autoscaling?.lagSeconds ?? DEFAULT_LAG_SECONDS;
  const seconds = end ? undefined : lagSeconds({ now, ...kafka, progress: kafka.progress, earlier: kafka.earlier });
  if (seconds === undefined)
    return { type, status: 'Unknown', reason: 'Unknown', message: 'the lag is not known at present' };
  if (seconds <= limit)
    return { type, status: 'True', reason: 'WithinLag', message: `records wait less than ${limit} s` };
  return { type, status: 'False', reason: 'Behind', message: `records wait longer than ${limit} s; see status.lag` };
}

/** What was counted stays counted while Kafka does not tell. */
export function judgeDeadLetters({ kafka, job: { status } }: Observed, { target }: Aim): Judgement {
  const type = 'DeadLettering';
  const before = status?.run === target?.identity.run ? status?.deadLetters : undefined;
  if ((kafka.progress?.deadLetters ?? before ?? 0) === 0) {
    return { type, status: 'False', reason: 'NoDeadLetters', message: 'no record was refused' };
  }
  return {
    type,
    status: 'True',
    reason: 'DeadLetters',
    message: 'records were refused and kept: see status.deadLetters, and streamjob tail and redrive',
  };
}

/** Up to where results are complete: what the last stage's tasks have all passed. */
export function watermarkOf({ partitions }: ProgressFacts): number | undefined {
  const last = partitions.at(-1)?.topic;
  const marks = partitions.filter(({ topic }) => topic === last).map(({ watermark }) => watermark);
  return marks.length === 0 ? undefined : marks.reduce((a, b) => Math.min(a, b));
}

function slowest({ partitions }: ProgressFacts): string {
  const [first] = [...partitions].sort((a, b) => (a.watermark < b.watermark ? -1 : a.watermark > b.watermark ? 1 : 0));
  return first ? `${first.topic}/${first.partition}` : 'the job';
}

function hasMoved(progress: ProgressFacts, earlier: ProgressFacts): boolean {
  return progress.partitions.some(({ committed }, index) => committed !== earlier.partitions[index]?.committed);
}

const lineOf = ({ pod, message }: PodTrouble): string => `pod ${pod}: ${message}`;
