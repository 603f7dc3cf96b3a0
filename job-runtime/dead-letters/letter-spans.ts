/**
 * What of a dead-letter topic has not been put back: from the positions of its redrive up to where the topic ended when
 * somebody looked. What fails again and comes back behind that end waits for the next redrive, so that one ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError } from '../errors.ts';
import { partitionName } from '../log/log.ts';
import type { Log, TopicPartition } from '../log/log.ts';
import type { RecordBatch } from '../record.ts';
import { upTo } from '../record.ts';
import type { Positions } from '../state/group-positions.ts';
import { GroupPositions } from '../state/group-positions.ts';

/** Offsets [from, end) of one partition. */
export interface LetterSpan extends TopicPartition {
  readonly from: number;
  readonly end: number;
  /** Whether a redrive is known to have come up to here. */
  readonly isKnown: boolean;
  /** Kept beside the position: it is one of this topic, and not of one of the same name that was deleted. */
  readonly topicId: string;
}

/** Group of the positions, and transactional id of who puts back. */
export const redriveName = (topic: string): string => `${topic}.redrive`;

const FETCH_BYTES = 512 << 10;
const LOOK_AGAIN_MILLIS = 50;
/** A transaction of ours ends, or is ended, within 15 s. */
const PATIENCE_MILLIS = 20_000;

/** Throws TopicNotFound, and OffsetOutOfRange where the topic ends before a position. */
export async function letterSpans(log: Log, topic: string): Promise<LetterSpan[]> {
  const count = await log.partitionCount(topic);
  const topicId = (await log.topicId(topic)) ?? '';
  const positions = await settledPositions(log, topic);
  const partitions = Array.from({ length: count }, (_, partition) => partition);
  return Promise.all(
    partitions.map(async (partition) => {
      const { start, end } = await log.offsets({ topic, partition });
      const position = positions.get(partition)?.position;
      const isKnown = position !== undefined && position.metadata === topicId;
      const from = isKnown ? position.offset : start;
      if (from > end) throw behindTheEnd({ topic, partition }, from, end);
      return { topic, partition, from: Math.max(from, start), end, isKnown, topicId };
    }),
  );
}

/** A redrive that was cut off may hold them for a moment. */
async function settledPositions(log: Log, topic: string): Promise<Positions> {
  const positions = new GroupPositions(log, redriveName(topic), topic);
  const settled = await positions.settled(AbortSignal.timeout(PATIENCE_MILLIS));
  if (settled) return settled;
  throw new StreamJobError(
    'LogUnavailable',
    `another redrive of topic "${topic}" holds its positions in an open transaction: run it again later`,
  );
}

function behindTheEnd(at: TopicPartition, from: number, end: number): StreamJobError {
  const problem =
    `${partitionName(at)} ends at offset ${end}, and redrive has come to ${from}: records were lost, ` +
    `or the topic was made again; delete the consumer group "${redriveName(at.topic)}" to begin anew`;
  return new StreamJobError('OffsetOutOfRange', problem);
}

/**
 * The committed records of a span. Returns where it had to end: before the span's end if a transaction that is still
 * open stands in the way.
 */
export async function* letterBatches(log: Log, span: LetterSpan): AsyncGenerator<RecordBatch, number> {
  let at = span.from;
  for (let waited = 0; at < span.end && waited < PATIENCE_MILLIS;) {
    const found = await log.fetch(span, at, FETCH_BYTES);
    if (!found) {
      await delay(LOOK_AGAIN_MILLIS);
      waited += LOOK_AGAIN_MILLIS;
      continue;
    }
    const records = upTo(found, span.end);
    at = records.nextOffset;
    waited = 0;
    yield records;
  }
  return at;
}
