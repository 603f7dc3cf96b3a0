/** FindCoordinator v2: the broker that answers for a group or a transactional id. */
import type { BrokerAddress } from './metadata.ts';
import type { BrokerRequest } from './wire.ts';

export type CoordinatorKind = 'group' | 'transaction';

export interface Coordinator extends BrokerAddress {
  readonly error: number;
  readonly message: string | null;
}

export function findCoordinatorRequest(kind: CoordinatorKind, key: string): BrokerRequest<Coordinator> {
  return {
    apiKey: 10,
    apiName: 'FindCoordinator',
    apiVersion: 2,
    isFlexible: false,
    write: (out) => {
      out.string(key);
      out.int8(kind === 'group' ? 0 : 1);
    },
    read: (from) => {
      from.int32();
      return {
        error: from.int16(),
        message: from.string(),
        node: from.int32(),
        host: from.string() ?? '',
        port: from.int32(),
      };
    },
  };
}
