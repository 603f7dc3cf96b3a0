/**
 * One portion of one partition, now. Goes over the connections for control, since the reader's requests wait at the
 * broker for records, and a broker answers what comes over one connection in order.
 */
import type { RecordBatch } from '../../record.ts';
import { partitionName } from '../log.ts';
import type { TopicPartition } from '../log.ts';
import { assertAccepted, OFFSET_OUT_OF_RANGE } from './broker-refusal.ts';
import { onTopic } from './failures/trial.ts';
import type { KafkaConnections } from './connections.ts';
import { outOfRange } from './offset-range.ts';
import type { FetchedPartition } from './protocol/fetch.ts';
import { fetchRequest } from './protocol/fetch.ts';
import { decodeRecordSet } from './record-batch/decode.ts';

/**
 * Committed records from `offset` on, at most about `maxBytes` but one batch at least; a batch without records moves the
 * reader on over what it cannot see. Undefined: committed records end here. Not retried: a BrokerRefusal says whether
 * to; what was believed of the topic is forgotten by then.
 */
export async function fetchOnce(
  connections: Pick<KafkaConnections, 'send' | 'leader' | 'forgetTopic'>,
  from: TopicPartition,
  offset: number,
  maxBytes: number,
): Promise<RecordBatch | undefined> {
  const { topic, partition } = from;
  const what = `read ${partitionName(from)}`;
  const node = await connections.leader(from);
  const targets = [{ topic, partition, offset, maxBytes }];
  const response = await connections.send(node, 'control', fetchRequest({ targets, maxBytes, maxWaitMillis: 0 }));
  const asked = [onTopic('READ', topic)];
  assertAccepted(response.error, what, { asked });
  const part = response.partitions[0];
  if (!part) throw new RangeError('a response names no partition');
  if (part.error === OFFSET_OUT_OF_RANGE) throw await outOfRange(connections, node, from, offset);
  if (part.error !== 0) connections.forgetTopic(topic);
  assertAccepted(part.error, what, { asked });
  return recordsOf(response.bytes, part, offset);
}

function recordsOf(bytes: Uint8Array, part: FetchedPartition, fetchOffset: number): RecordBatch | undefined {
  const { topic, partition, aborted: abortedTransactions } = part;
  const options = { topic, partition, fetchOffset, abortedTransactions };
  const { batch } = decodeRecordSet(bytes, part.start, part.end, options);
  return batch.nextOffset > fetchOffset ? batch : undefined;
}
