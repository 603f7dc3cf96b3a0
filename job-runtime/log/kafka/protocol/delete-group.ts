/** DeleteGroups v1: one group and the positions that it has committed. */
import type { BrokerRequest } from './wire.ts';

/** The response is Kafka's error code. */
export function deleteGroupRequest(group: string): BrokerRequest<number> {
  return {
    apiKey: 42,
    apiName: 'DeleteGroups',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => out.array([group], (name) => out.string(name)),
    read: (from) => {
      from.int32();
      const [error] = from.array(() => {
        from.string();
        return from.int16();
      });
      if (error === undefined) throw new RangeError('a response names no group');
      return error;
    },
  };
}
