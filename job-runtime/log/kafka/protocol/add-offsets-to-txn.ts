/** AddOffsetsToTxn v1: tells the coordinator that the transaction is going to commit positions of a group. */
import type { ProducerIdentity } from './init-producer-id.ts';
import { readErrorCode, writeTransaction } from './transaction.ts';
import type { BrokerRequest } from './wire.ts';

/** The response is Kafka's error code. */
export function addOffsetsToTxnRequest(
  transactionalId: string,
  identity: ProducerIdentity,
  group: string,
): BrokerRequest<number> {
  return {
    apiKey: 25,
    apiName: 'AddOffsetsToTxn',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      writeTransaction(out, transactionalId, identity);
      out.string(group);
    },
    read: readErrorCode,
  };
}
