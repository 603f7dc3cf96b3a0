/** Makes the tasks of a process: the engine's task with its outputs, its changelog and where its rejects go. */
import { Rejects } from '../dead-letters/rejects.ts';
import { ShuffleTask } from '../engine/shuffle-task.ts';
import { SourceTask } from '../engine/source-task.ts';
import type { TaskOutput } from '../engine/task-output.ts';
import type { TopicPartition } from '../log/log.ts';
import { Changelog } from '../state/changelog.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { Ground } from './ground.ts';
import type { StageLayout } from './job-layout.ts';
import { tasksOf } from './job-layout.ts';
import { KeptState } from './kept-state.ts';
import type { TaskCore } from './running-task.ts';
import { RunningTask } from './running-task.ts';
import type { TaskTarget } from './task-target.ts';
import { createTarget } from './task-target.ts';

/** A task without state. */
export function createTask(
  { topic, partition }: TopicPartition,
  context: ConsumerContext,
  ground: Ground,
): RunningTask {
  const stage = context.layout.stages.find(({ input }) => input === topic)!;
  const rejects = new Rejects(context.job);
  const parts = {
    stage,
    partition,
    rejects,
    changelog: new Changelog(context.log, { topic: stage.changelog, partition }, context.changelog),
    createCore: (): TaskCore => createCore(parts, context, ground),
  };
  return new RunningTask(parts, context.now());
}

interface CorePlace {
  readonly stage: StageLayout;
  readonly partition: number;
  readonly rejects: Rejects;
}

function createCore({ stage, partition, rejects }: CorePlace, context: ConsumerContext, ground: Ground): TaskCore {
  const { plan, delivery } = context;
  const { counts, outputs } = ground;
  const isLast = stage.next === undefined;
  const target = isLast ? createTarget(delivery, partition, outputs) : undefined;
  const kept = new KeptState(target);
  const output = outputOf(target, kept, rejects);
  const nextPartitions = isLast ? 0 : counts.shuffle;
  if (stage.index > 0) {
    const upstreams = tasksOf(stage.index - 1, counts);
    const place = { stage: stage.index, task: partition, upstreams, nextPartitions };
    return { task: new ShuffleTask(plan, place, output), source: undefined, target, kept };
  }
  const task = new SourceTask(plan, partition, nextPartitions, output);
  return { task, source: task, target, kept };
}

function outputOf(target: TaskTarget | undefined, kept: KeptState, rejects: Rejects): TaskOutput {
  return {
    state: kept,
    rows: (batch) => target!.rows(batch),
    closed: (start, end) => target?.windowClosed(start, end),
    rejected: (rejected) => rejects.add(rejected),
    duplicate: () => undefined,
  };
}
