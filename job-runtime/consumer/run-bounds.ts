/** Where a run starts and ends, as offsets: startFrom and stopAt of the manifest, asked of the log once. */
import type { StartFrom, StopAt } from '../../crds/lifecycle.ts';
import type { Log, TopicPartition } from '../log/log.ts';

interface Source {
  readonly topic: string;
  readonly partitions: number;
}

export async function startOffsets(log: Log, source: Source, startFrom: StartFrom | undefined): Promise<number[]> {
  return byPartition(source, async (at) => {
    const { start, end } = await log.offsets(at);
    if (startFrom?.timestamp !== undefined) return log.offsetAt(at, Date.parse(startFrom.timestamp));
    if (startFrom?.offsets) return startFrom.offsets[String(at.partition)] ?? start;
    return startFrom?.position === 'latest' ? end : start;
  });
}

/** Undefined: there is no end, or it lies in the future and cannot be told yet. */
export async function endOffsets(
  log: Log,
  source: Source,
  stopAt: StopAt | undefined,
  now: number,
): Promise<number[] | undefined> {
  if (!stopAt) return undefined;
  const instant = stopAt.timestamp === undefined ? undefined : Date.parse(stopAt.timestamp);
  if (instant !== undefined && instant > now) return undefined;
  return byPartition(source, async (at) =>
    instant === undefined ? (await log.offsets(at)).end : log.offsetAt(at, instant),
  );
}

async function byPartition(
  { topic, partitions }: Source,
  ask: (at: TopicPartition) => Promise<number>,
): Promise<number[]> {
  return Promise.all(Array.from({ length: partitions }, (_, partition) => ask({ topic, partition })));
}
