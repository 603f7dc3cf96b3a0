/** How far a run is: what its group has committed, against the ends of what it reads. Computes only. */
import { repartitionTopic } from '../../crds/identity.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import { decodeProgress } from '../../job-runtime/consumer/task-progress.ts';
import { partitionName } from '../../job-runtime/log/log.ts';
import type { Position } from '../../job-runtime/log/log.ts';
import type { RunRecord } from '../../job-runtime/state/run-record.ts';
import type { PartitionProgress, ProgressFacts, SoundSpec } from '../reconcile/observed.ts';

/** Where a job is to be found in its cluster. */
export interface JobInKafka {
  readonly identity: JobIdentity;
  /** The topic that it reads. */
  readonly topic: string;
  readonly stages: number;
  readonly growth: SoundSpec['growth'];
}

export interface KafkaAnswer {
  readonly at: number;
  readonly record: RunRecord;
  /** By topic and partition; topics that do not exist are absent. */
  readonly ends: ReadonlyMap<string, readonly number[]>;
  readonly committed: readonly Position[];
}

interface Task {
  readonly topic: string;
  readonly partition: number;
  /** Where it starts if nothing is committed. */
  readonly start: number;
  /** Where it is done, however much comes behind. */
  readonly stop: number;
}

/** Before the first commit, or of one that another program made. */
const UNTOLD = { watermark: -Infinity, deadLetters: 0 };

export function progressOf(job: JobInKafka, answer: KafkaAnswer): ProgressFacts {
  const positions = new Map(answer.committed.map((position) => [partitionName(position), position]));
  const tasks = [...sourceTasks(job, answer), ...shuffleTasks(job, answer)];
  const found = tasks.map((task) => taskProgress(task, positions.get(partitionName(task)), answer));
  return {
    at: answer.at,
    partitions: found.map(({ progress }) => progress),
    deadLetters: found.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    isDone: found.every(({ progress }) => progress.watermark === Infinity),
  };
}

/** The topics that the stages behind a shuffle read. */
export function shuffleTopics({ identity, stages }: JobInKafka): string[] {
  return Array.from({ length: stages - 1 }, (_, index) => repartitionTopic(identity, index + 1));
}

/** As many as the runtime makes: partitions that came later count unless keys or an end bind the run to those it had. */
function sourceTasks({ topic, growth }: JobInKafka, { record, ends }: KafkaAnswer): Task[] {
  const { partitions, startOffsets, stopOffsets } = record;
  const mayGrow = growth === 'free' && stopOffsets === undefined;
  const count = mayGrow ? Math.max(partitions, ends.get(topic)?.length ?? 0) : partitions;
  return Array.from({ length: count }, (_, partition) => ({
    topic,
    partition,
    start: startOffsets[partition] ?? 0,
    stop: stopOffsets?.[partition] ?? Infinity,
  }));
}

function shuffleTasks(job: JobInKafka, { record }: KafkaAnswer): Task[] {
  return shuffleTopics(job).flatMap((topic) =>
    Array.from({ length: record.shufflePartitions }, (_, partition) => ({
      topic,
      partition,
      start: 0,
      stop: Infinity,
    })),
  );
}

function taskProgress(
  { topic, partition, start, stop }: Task,
  position: Position | undefined,
  { ends }: KafkaAnswer,
): { readonly progress: PartitionProgress; readonly deadLetters: number } {
  const { watermark, deadLetters } = decodeProgress(position?.metadata ?? '') ?? UNTOLD;
  const next = position?.offset ?? start;
  // A topic that is not there has nothing to read.
  const end = ends.get(topic)?.[partition] ?? next;
  const lag = watermark === Infinity ? 0 : Math.max(0, Math.min(end, stop) - next);
  return { progress: { topic, partition, committed: position?.offset, end, lag, watermark }, deadLetters };
}
