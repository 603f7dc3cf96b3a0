/**
 * What all tasks of one assignment share: the record of the run, the number of tasks, the topics that rows go to, what
 * the group has committed.
 */
import { StreamJobError } from '../errors.ts';
import type { Positions } from '../state/group-positions.ts';
import { GroupPositions } from '../state/group-positions.ts';
import type { RunRecord } from '../state/run-record.ts';
import { readRunTopic, readStop } from '../state/run-record.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { TaskCounts } from './job-layout.ts';
import { expectOwn } from './run-setup.ts';
import { decodeProgress } from './task-progress.ts';

export interface Ground {
  readonly run: RunRecord;
  readonly counts: TaskCounts;
  /** Present identity of the source topic; undefined: not known. */
  readonly topicId: string | undefined;
  /** Partitions of the topics that rows go to. */
  readonly outputs: ReadonlyMap<string, number>;
  /**
   * What the group has committed, by stage. Under this assignment nobody else can commit for the partitions that it
   * gives to this process: what was settled once when the group had gathered is still true of them later.
   */
  readonly positions: readonly GroupPositions[];
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
  const { run, laterStop } = await readRunTopic(log, layout.runTopic);
  if (!run) throw new StreamJobError('LogUnavailable', `the record of run ${layout.identity.run} is not there yet`);
  expectOwn(run, { job, layout });
  const topics = delivery.kind === 'topic' ? delivery.topics : [];
  const partitions = await Promise.all(topics.map((topic) => log.partitionCount(topic)));
  const dealt = { run, counts: { source: shared['source']!, shuffle: shared['shuffle']! } };
  return {
    ...dealt,
    topicId: await log.topicId(job.spec.topic.name),
    outputs: new Map(topics.map((topic, i) => [topic, partitions[i]!])),
    positions: layout.stages.map(({ input }) => new GroupPositions(log, layout.group, input)),
    ...(await endAt(run.stopOffsets ?? laterStop, context, dealt)),
  };
}

type End = Pick<Ground, 'stops' | 'mayEnd'>;
type Dealt = Pick<Ground, 'run' | 'counts'>;

/** Where the run ends by now, and whether its tasks may. */
export async function findEnd(context: ConsumerContext, ground: Dealt): Promise<End> {
  const { log, layout } = context;
  return endAt(ground.run.stopOffsets ?? (await readStop(log, layout.runTopic)), context, ground);
}

async function endAt(
  stops: Ground['stops'],
  { log, layout, plan }: ConsumerContext,
  { run, counts: { source } }: Dealt,
): Promise<End> {
  if (plan.growth === 'free' && stops && stops.length > source) return { stops, mayEnd: false };
  if (source === run.partitions) return { stops, mayEnd: true };
  const positions = await log.positions(layout.group, layout.stages[0]!.input);
  const newcomers = Array.from({ length: source - run.partitions }, (_, i) => run.partitions + i);
  return { stops, mayEnd: newcomers.every((partition) => positions.get(partition)?.position) };
}

/** Whether a source partition came to the topic after the run had begun. */
export const isNewcomer = (partition: number, { run }: Ground): boolean => partition >= run.partitions;

/** The watermark that such a partition begins at: where the slowest of the others was (docs/adr/0004). */
export async function floorFor(partition: number, ground: Ground, signal: AbortSignal): Promise<number> {
  const positions = await ground.positions[0]!.settled(signal);
  if (!positions) throw signal.reason as Error;
  return slowestBeside(partition, ground, positions);
}

function slowestBeside(partition: number, ground: Ground, positions: Positions): number {
  let floor = Infinity;
  for (let other = 0; other < ground.counts.source; other++) {
    const position = positions.get(other)?.position;
    if (other === partition || (!position && isNewcomer(other, ground))) continue;
    floor = Math.min(floor, (position && decodeProgress(position.metadata)?.watermark) ?? -Infinity);
  }
  return floor === Infinity ? -Infinity : floor;
}
