/** CreatePartitions v1: makes one topic grow to a number of partitions. */
import { readAdminAnswer, writeAdminEnd } from './admin.ts';
import type { AdminAnswer } from './admin.ts';
import type { BrokerRequest } from './wire.ts';

export function createPartitionsRequest(topic: string, partitions: number): BrokerRequest<AdminAnswer> {
  return {
    apiKey: 37,
    apiName: 'CreatePartitions',
    apiVersion: 1,
    isFlexible: false,
    write: (out) => {
      out.array([topic], (name) => {
        out.string(name);
        out.int32(partitions);
        // The broker assigns replicas.
        out.int32(-1);
      });
      writeAdminEnd(out);
    },
    read: readAdminAnswer,
  };
}
