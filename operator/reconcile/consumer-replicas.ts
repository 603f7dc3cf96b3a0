/** How many consumers a job can use: never more than tasks of its widest stage, since a pod without a task only waits. */
import type { Consumer } from '../../crds/stream-job.ts';
import type { KafkaFacts, SoundSpec } from './observed.ts';

/** As the runtime fixes it at the start of a run (docs/adr/0004). */
const LEAST_SHUFFLE_PARTITIONS = 8;

/**
 * Tasks of the stage that has most. Before the run has recorded its partitions, what it will begin with; afterwards a
 * job that may grow follows its topic, and one that may not stays as it began.
 */
export function widestStage({ job, stages, growth }: SoundSpec, { partitions = 0, run }: KafkaFacts): number {
  const declared = Math.max(partitions, job.spec.topic.partitions);
  const isBounded = job.spec.stopAt !== undefined;
  const source = run
    ? growth === 'free' && !isBounded
      ? Math.max(run.partitions, partitions)
      : run.partitions
    : declared;
  if (stages === 1) return source;
  return Math.max(source, run?.shufflePartitions ?? Math.max(source, LEAST_SHUFFLE_PARTITIONS));
}

export interface ReplicaBounds {
  readonly least: number;
  readonly most: number;
}

/** Both at least 1, and `least` never above `most`: few partitions go before many wished-for pods. */
export function replicaBounds(consumer: Consumer, tasks: number): ReplicaBounds {
  const most = Math.max(1, Math.min(tasks, consumer.maxReplicas));
  return { least: Math.min(consumer.minReplicas, most), most };
}

/** The fewest pods that leave the busiest one no more tasks than `pods` would: 7 pods for 12 tasks are no faster than 6. */
export function evenReplicas(tasks: number, pods: number): number {
  return Math.ceil(tasks / Math.ceil(tasks / pods));
}
