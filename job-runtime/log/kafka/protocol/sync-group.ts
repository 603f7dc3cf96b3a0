/**
 * SyncGroup v3: the leader hands in what it decided, and each member gets its part. The broker holds the answers of the
 * others until the leader has spoken.
 */
import type { BrokerRequest } from './wire.ts';

export interface SyncGroup {
  readonly group: string;
  readonly memberId: string;
  readonly generation: number;
  /** By member id; empty for all but the leader. */
  readonly assignments: ReadonlyMap<string, Uint8Array>;
  /** How long the leader may take. */
  readonly holdMillis: number;
}

export interface SyncGroupAnswer {
  readonly error: number;
  /** A view into the response; empty: the leader gave this member nothing, not even an empty list. */
  readonly assignment: Uint8Array;
}

export function syncGroupRequest(sync: SyncGroup): BrokerRequest<SyncGroupAnswer> {
  return {
    apiKey: 14,
    apiName: 'SyncGroup',
    apiVersion: 3,
    isFlexible: false,
    holdMillis: sync.holdMillis,
    write: (out) => {
      out.string(sync.group);
      out.int32(sync.generation);
      out.string(sync.memberId);
      out.string(null);
      out.array([...sync.assignments], ([memberId, assignment]) => {
        out.string(memberId);
        out.int32(assignment.length);
        out.slice(assignment, 0, assignment.length);
      });
    },
    read: (from) => {
      from.int32();
      const error = from.int16();
      const { start, end } = from.range();
      return { error, assignment: from.bytes.subarray(start, end) };
    },
  };
}
