/** AddOffsetsToTxn v1: tells the coordinator that the transaction is going to commit positions of a group. */
import type { ProducerIdentity } from './init-producer-id.ts';
import type { BrokerRequest } from './wire.ts';

/** The response is Kafka's error code. */
export function addOffsetsToTxnRequest(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  group: string,
): BrokerRequest<number> {
  return {
    apiKey: 25,
    apiName: 'AddOffsetsToTxn',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      out.string(transactionalId);
      out.int64(producerId);
      out.int16(epoch);
      out.string(group);
    },
    read: (from) => {
      from.int32();
      return from.int16();
    },
  };
}
