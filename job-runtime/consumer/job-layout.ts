/** Where a run of a job keeps what it reads and writes: topics, the group, and how many tasks each stage has. */
import { changelogTopic, deadLetterTopic, groupName, repartitionTopic, runTopic } from '../../crds/identity.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';

export interface StageLayout {
  readonly index: number;
  /** The topic that its tasks read, a partition each. */
  readonly input: string;
  readonly changelog: string;
  /** The topic that the next stage reads; undefined in the last one. */
  readonly next: string | undefined;
}

export interface JobLayout {
  readonly identity: JobIdentity;
  readonly group: string;
  readonly runTopic: string;
  readonly deadLetters: string;
  readonly stages: readonly StageLayout[];
}

export function layoutOf(job: StreamJob, plan: JobPlan, identity: JobIdentity): JobLayout {
  const inputOf = (stage: number): string => (stage === 0 ? job.spec.topic.name : repartitionTopic(identity, stage));
  return {
    identity,
    group: groupName(identity),
    runTopic: runTopic(identity),
    deadLetters: deadLetterTopic(identity),
    stages: plan.stages.map((_, index) => ({
      index,
      input: inputOf(index),
      changelog: changelogTopic(identity, index),
      next: index + 1 < plan.stages.length ? inputOf(index + 1) : undefined,
    })),
  };
}

/** How many tasks each stage has: the source's partitions, then those of the repartition topics. */
export interface TaskCounts {
  readonly source: number;
  readonly shuffle: number;
}

export const tasksOf = (stage: number, { source, shuffle }: TaskCounts): number => (stage === 0 ? source : shuffle);
