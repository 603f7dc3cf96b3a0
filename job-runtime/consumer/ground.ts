/** What all tasks of one assignment share: the record of the run, the number of tasks, the topics that rows go to. */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError } from '../errors.ts';
import type { CommittedPosition } from '../log/log.ts';
import type { RunRecord } from '../state/run-record.ts';
import { readRun, readStop } from '../state/run-record.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { TaskCounts } from './job-layout.ts';
import { expectOwn } from './run-setup.ts';
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
  /**
   * Whether tasks that have come to their end may say so. While partitions that the run reads too have no task, or not
   * said yet where they begin, the others must not close what these still have to add to.
   */
  readonly mayEnd: boolean;
}

/** Throws NameConflict and StateUnreadable where the run is not ours: the leader that let us in may be another job's. */
export async function survey(context: ConsumerContext, shared: Readonly<Record<string, number>>): Promise<Ground> {
  const { log, layout, job, delivery } = context;
  const run = await readRun(log, layout.runTopic);
  if (!run) throw new StreamJobError('LogUnavailable', `the record of run ${layout.identity.run} is not there yet`);
  expectOwn(run, { job, layout });
  const topics = delivery.kind === 'topic' ? delivery.topics : [];
  const partitions = await Promise.all(topics.map((topic) => log.partitionCount(topic)));
  const dealt = { run, counts: { source: shared['source']!, shuffle: shared['shuffle']! } };
  return {
    ...dealt,
    topicId: await log.topicId(job.spec.topic.name),
    outputs: new Map(topics.map((topic, i) => [topic, partitions[i]!])),
    ...(await findEnd(context, dealt)),
  };
}

/** Where the run ends, and whether its tasks may. */
export async function findEnd(
  { log, layout, plan }: ConsumerContext,
  { run, counts: { source } }: Pick<Ground, 'run' | 'counts'>,
): Promise<Pick<Ground, 'stops' | 'mayEnd'>> {
  const stops = run.stopOffsets ?? (await readStop(log, layout.runTopic));
  if (plan.growth === 'free' && stops && stops.length > source) return { stops, mayEnd: false };
  if (source === run.partitions) return { stops, mayEnd: true };
  const positions = await log.positions(layout.group, layout.stages[0]!.input);
  const newcomers = Array.from({ length: source - run.partitions }, (_, i) => run.partitions + i);
  return { stops, mayEnd: newcomers.every((partition) => positions.get(partition)?.position) };
}

/** Whether a source partition came to the topic after the run had begun. */
export const isNewcomer = (partition: number, { run }: Ground): boolean => partition >= run.partitions;

/** The watermark that such a partition begins at: where the slowest of the others was (docs/adr/0004). */
export async function floorFor(
  partition: number,
  { layout, log }: ConsumerContext,
  ground: Ground,
  signal: AbortSignal,
): Promise<number> {
  const positions = await settledPositions(() => log.positions(layout.group, layout.stages[0]!.input), signal);
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
  signal: AbortSignal,
): Promise<ReadonlyMap<number, CommittedPosition>> {
  for (;;) {
    const positions = await ask();
    if (![...positions.values()].some(({ isPending }) => isPending)) return positions;
    await delay(LOOK_AGAIN_MILLIS, undefined, { signal });
  }
}
