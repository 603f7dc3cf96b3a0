/**
 * InitProducerId v1: makes this client the only one that may write under a transactional id, and aborts the transaction
 * that an earlier one left open.
 */
import type { BrokerRequest } from './wire.ts';

/** Who writes. Each opening of a transactional id gets a higher epoch, and lower ones are refused from then on. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

export interface ProducerGrant extends ProducerIdentity {
  readonly error: number;
}

export function initProducerIdRequest(transactionalId: string, timeoutMillis: number): BrokerRequest<ProducerGrant> {
  return {
    apiKey: 22,
    apiName: 'InitProducerId',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      out.string(transactionalId);
      out.int32(timeoutMillis);
    },
    read: (from) => {
      from.int32();
      return { error: from.int16(), producerId: from.int64(), epoch: from.int16() };
    },
  };
}
