/**
 * What the leader of a group sees to before anybody works: the topics exist, and the run has its record, which says once
 * and for all where it starts and ends and how many tasks it began with (docs/adr/0004).
 */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { shufflePartitionsOf } from '../engine/stage-plan.ts';
import type { Log, LogWriter } from '../log/log.ts';
import type { RunRecord } from '../state/run-record.ts';
import { expectRun, fingerprint, readRun, recordRun } from '../state/run-record.ts';
import type { JobLayout, TaskCounts } from './job-layout.ts';
import { tasksOf } from './job-layout.ts';
import { endOffsets, startOffsets } from './run-bounds.ts';
import { createDeadLetterTopic, createInternalTopic, createSourceTopic } from './topics.ts';

export interface RunSetup {
  readonly job: StreamJob;
  readonly plan: JobPlan;
  readonly layout: JobLayout;
  readonly log: Log;
  readonly writer: LogWriter;
  /** Topics of a kafka sink. */
  readonly outputs: readonly string[];
  /** The end of the run is found later, when the job's own producer has come to its end. */
  readonly endsWithProducer: boolean;
  readonly now: () => number;
  /** Something is not as the manifest says, and the job can work with it. */
  readonly onDifference: (line: string) => void;
}

/** Makes what is missing; a run that exists already keeps what its record says. */
export async function prepareRun(setup: RunSetup): Promise<RunRecord> {
  const { job, log, layout, writer } = setup;
  await createInternalTopic(log, job, layout.runTopic, 1);
  const existing = await readRun(log, layout.runTopic);
  const partitions = await prepareSource(setup, existing);
  if (!existing) await writer.open();
  const run = existing ?? (await recordRun(log, writer, layout.runTopic, () => newRun(setup, partitions)));
  expectOwn(run, setup);
  const counts = { source: run.partitions, shuffle: run.shufflePartitions };
  for (const stage of layout.stages) {
    await createInternalTopic(log, job, stage.changelog, tasksOf(stage.index, counts));
    if (stage.index > 0) await createInternalTopic(log, job, stage.input, counts.shuffle);
  }
  await createDeadLetterTopic(log, job, layout.deadLetters, run.partitions);
  const { replicationFactor } = job.spec.topic;
  for (const topic of setup.outputs) await log.createTopic(topic, { partitions: run.partitions, replicationFactor });
  return run;
}

/** The run is this job's, or was handed over to it, and its state fits. Throws NameConflict, StateUnreadable. */
export function expectOwn(run: RunRecord, { job, layout }: Pick<RunSetup, 'job' | 'layout'>): void {
  const isTakenOver = job.spec.resumeFrom === layout.identity.run;
  const uid = isTakenOver ? run.uid : layout.identity.uid;
  expectRun(run, { uid, fingerprint: fingerprint(job.spec) });
}

/** How many tasks there are now: a source that has grown gives more, unless the job's state is bound to its keys. */
export async function countTasks(setup: RunSetup, run: RunRecord): Promise<TaskCounts & { readonly unread: number }> {
  const { job, plan, layout, log } = setup;
  const found = await log.partitionCount(job.spec.topic.name);
  const mayGrow = plan.growth === 'free' && run.stopOffsets === undefined;
  const source = mayGrow ? Math.max(run.partitions, found) : run.partitions;
  for (const topic of [layout.stages[0]!.changelog, layout.deadLetters]) await log.growTopic(topic, source);
  return { source, shuffle: run.shufflePartitions, unread: found - source };
}

async function newRun({ job, layout, log, endsWithProducer, now }: RunSetup, partitions: number): Promise<RunRecord> {
  const { topic, startFrom, stopAt } = job.spec;
  const { uid, namespace, name, run } = layout.identity;
  const source = { topic: topic.name, partitions };
  const stopOffsets = endsWithProducer ? undefined : await endOffsets(log, source, stopAt, now());
  const topicId = await log.topicId(topic.name);
  return {
    version: 1,
    uid,
    namespace,
    name,
    run,
    topic: topic.name,
    ...(topicId !== undefined && { topicId }),
    partitions,
    shufflePartitions: shufflePartitionsOf(partitions),
    startOffsets: await startOffsets(log, source, startFrom),
    ...(stopOffsets && { stopOffsets }),
    fingerprint: fingerprint(job.spec),
    createdAt: now(),
  };
}

/** The source topic grows to what the manifest says while no keys have been bound to its partitions yet. */
async function prepareSource(setup: RunSetup, existing: RunRecord | undefined): Promise<number> {
  const { job, plan, log, onDifference } = setup;
  const { name, partitions } = job.spec.topic;
  const report = await createSourceTopic(log, job);
  for (const difference of report.differences) onDifference(`topic ${name}: ${difference}`);
  if (report.partitions > partitions)
    onDifference(`topic ${name}: partitions is ${report.partitions}, not ${partitions}`);
  if (report.partitions >= partitions) return report.partitions;
  if (existing && plan.growth === 'keyed') return report.partitions;
  await log.growTopic(name, partitions);
  return partitions;
}
