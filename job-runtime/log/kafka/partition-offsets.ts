/** Where a partition starts and ends, and where its start is moved to. */
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { TopicPartition } from '../log.ts';
import { assertAccepted, isRefusal, OFFSET_OUT_OF_RANGE } from './broker-refusal.ts';
import { onTopic } from './failures/trial.ts';
import type { PatientRequests } from './patient-requests.ts';
import { deleteRecordsRequest } from './protocol/delete-records.ts';
import { EARLIEST, LATEST, listOffsetsRequest } from './protocol/list-offsets.ts';

export function startAndEnd(
  requests: PatientRequests,
  of: TopicPartition,
): Promise<{ readonly start: number; readonly end: number }> {
  return requests.atLeader(of, async (node) => {
    // Sent in this order over one connection, so that the end cannot lie before the start.
    const [start, end] = await Promise.all([
      listOffset(requests, node, of, EARLIEST),
      listOffset(requests, node, of, LATEST),
    ]);
    return { start, end };
  });
}

/** The end where no record is that late. */
export function offsetOfTime(requests: PatientRequests, of: TopicPartition, timestamp: number): Promise<number> {
  return requests.atLeader(of, async (node) => {
    const found = await listOffset(requests, node, of, Math.max(0, Math.ceil(timestamp)));
    return found >= 0 ? found : listOffset(requests, node, of, LATEST);
  });
}

export async function deleteBelow(requests: PatientRequests, from: TopicPartition, before: number): Promise<void> {
  // Where every partition begins; and −1 would be all there is.
  if (before <= 0) return;
  const what = `delete the records of ${partitionName(from)} below ${before}`;
  try {
    await requests.atLeader(from, async (node) => {
      const error = await requests.connections.send(node, 'control', deleteRecordsRequest(from, before));
      assertAccepted(error, what, { asked: [onTopic('DELETE', from.topic)] });
    });
  } catch (cause) {
    if (!isRefusal(cause, OFFSET_OUT_OF_RANGE)) throw cause;
    const { end } = await startAndEnd(requests, from);
    throw new StreamJobError('OffsetOutOfRange', `cannot ${what}: the end is ${end}`, { cause });
  }
}

async function listOffset(
  { connections }: PatientRequests,
  node: number,
  of: TopicPartition,
  timestamp: number,
): Promise<number> {
  const { error, offset } = await connections.send(node, 'control', listOffsetsRequest(of, timestamp));
  assertAccepted(error, `read the offsets of ${partitionName(of)}`, { asked: [onTopic('DESCRIBE', of.topic)] });
  return offset;
}
