/** A broker refuses to read at an offset: where the partition starts and ends, so that a person sees how far off it is. */
import { StreamJobError } from '../../errors.ts';
import { partitionName } from '../log.ts';
import type { TopicPartition } from '../log.ts';
import { assertAccepted } from './broker-refusal.ts';
import { onTopic } from './failures/trial.ts';
import type { KafkaConnections } from './connections.ts';
import { EARLIEST, LATEST, listOffsetsRequest } from './protocol/list-offsets.ts';

/**
 * What to throw for an offset that `node`, which leads the partition, says is out of range: OffsetOutOfRange, or
 * LogUnavailable where the partition has it by now. Rejects if the broker cannot be asked.
 */
export async function outOfRange(
  connections: Pick<KafkaConnections, 'send'>,
  node: number,
  of: TopicPartition,
  offset: number,
): Promise<StreamJobError> {
  const name = partitionName(of);
  const ask = async (timestamp: number): Promise<number> => {
    const found = await connections.send(node, 'control', listOffsetsRequest(of, timestamp));
    assertAccepted(found.error, `read the offsets of ${name}`, { asked: [onTopic('DESCRIBE', of.topic)] });
    return found.offset;
  };
  const [start, end] = await Promise.all([ask(EARLIEST), ask(LATEST)]);
  if (offset >= start && offset <= end)
    return new StreamJobError(
      'LogUnavailable',
      `cannot read ${name} at offset ${offset} yet, which its leader refuses`,
    );
  return new StreamJobError('OffsetOutOfRange', `${name}: offset ${offset} is outside ${start} to ${end}`);
}
