/** EndTxn v1: commits or aborts. The coordinator accepts a commit even after it refused a part: who was refused aborts. */
import type { ProducerIdentity } from './init-producer-id.ts';
import { readErrorCode, writeTransaction } from './transaction.ts';
import type { BrokerRequest } from './wire.ts';

/** The response is Kafka's error code. */
export function endTxnRequest(
  transactionalId: string,
  identity: ProducerIdentity,
  isCommit: boolean,
): BrokerRequest<number> {
  return {
    apiKey: 26,
    apiName: 'EndTxn',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      writeTransaction(out, transactionalId, identity);
      out.boolean(isCommit);
    },
    read: readErrorCode,
  };
}
