/** What all tasks of one assignment share: the record of the run, the number of tasks, the topics that rows go to. */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError } from '../errors.ts';
import type { CommittedPosition } from '../log/log.ts';
import type { RunRecord } from '../state/run-record.ts';
import { readRun, readStop } from '../state/run-record.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { TaskCounts } from './job-layout.ts';
import { decodeProgress } from './task-progress.ts';

const LOOK_AGAIN_MILLIS = 20;

export interface Ground {
  readonly run: RunRecord;
  readonly counts: TaskCounts;
  /** Present identity of the source topic; undefined: not known. */
  readonly topicId: string | undefined;
  /** Partitions of the topics that rows go to. */
  readonly outputs: ReadonlyMap<string, number>;
  /** Where the run ends, by source partition; undefined: it does not, or that is not known yet. */
  readonly stops: readonly number[] | undefined;
}

export async function survey(
  { log, layout, job, delivery }: ConsumerContext,
  shared: Readonly<Record<string, number>>,
): Promise<Ground> {
  const run = await readRun(log, layout.runTopic);
  if (!run) throw new StreamJobError('LogUnavailable', `the record of run ${layout.identity.run} is not there yet`);
  const topics = delivery.kind === 'topic' ? delivery.topics : [];
  const counts = await Promise.all(topics.map((topic) => log.partitionCount(topic)));
  return {
    run,
    counts: { source: shared['source']!, shuffle: shared['shuffle']! },
    topicId: await log.topicId(job.spec.topic.name),
    outputs: new Map(topics.map((topic, i) => [topic, counts[i]!])),
    stops: run.stopOffsets ?? (await readStop(log, layout.runTopic)),
  };
}

/** Whether a source partition came to the topic after the run had begun. */
export const isNewcomer = (partition: number, { run }: Ground): boolean => partition >= run.partitions;

/** The watermark that such a partition begins at: where the slowest of the others was (docs/adr/0004). */
export async function floorFor(partition: number, { layout, log }: ConsumerContext, ground: Ground): Promise<number> {
  const positions = await settledPositions(() => log.positions(layout.group, layout.stages[0]!.input));
  let floor = Infinity;
  for (let other = 0; other < ground.counts.source; other++) {
    const position = positions.get(other)?.position;
    if (other === partition || (!position && isNewcomer(other, ground))) continue;
    floor = Math.min(floor, (position && decodeProgress(position.metadata)?.watermark) ?? -Infinity);
  }
  return floor === Infinity ? -Infinity : floor;
}

/** Committed positions, once no open transaction may change them. */
async function settledPositions(
  ask: () => Promise<ReadonlyMap<number, CommittedPosition>>,
): Promise<ReadonlyMap<number, CommittedPosition>> {
  for (;;) {
    const positions = await ask();
    if (![...positions.values()].some(({ isPending }) => isPending)) return positions;
    await delay(LOOK_AGAIN_MILLIS);
  }
}
