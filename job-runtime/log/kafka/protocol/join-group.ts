/**
 * JoinGroup v5: a member asks to be part of the group's next generation. The broker holds the answer until all members
 * are there, or the rebalance timeout is over. Each member's metadata goes to the leader alone.
 */
import type { BrokerRequest } from './wire.ts';

/** What all members must have in common; a group whose members say otherwise refuses us. */
export const PROTOCOL_TYPE = 'consumer';
export const PROTOCOL_NAME = 'streamjob-1';

/** How long the broker may take beyond the rebalance timeout. */
const GRACE_MILLIS = 5000;

export interface JoinGroup {
  readonly group: string;
  readonly sessionTimeoutMillis: number;
  readonly rebalanceTimeoutMillis: number;
  /** Empty: the broker gives one (MEMBER_ID_REQUIRED), to be used in the next request. */
  readonly memberId: string;
  readonly metadata: Uint8Array;
}

export interface JoinGroupAnswer {
  readonly error: number;
  readonly generation: number;
  readonly leader: string;
  readonly memberId: string;
  /** Empty for all but the leader. The metadata is a view into the response. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[];
}

export function joinGroupRequest(join: JoinGroup): BrokerRequest<JoinGroupAnswer> {
  return {
    apiKey: 11,
    apiName: 'JoinGroup',
    apiVersion: 5,
    isFlexible: false,
    holdMillis: join.rebalanceTimeoutMillis + GRACE_MILLIS,
    write: (out) => {
      out.string(join.group);
      out.int32(join.sessionTimeoutMillis);
      out.int32(join.rebalanceTimeoutMillis);
      out.string(join.memberId);
      out.string(null);
      out.string(PROTOCOL_TYPE);
      out.array([PROTOCOL_NAME], (name) => {
        out.string(name);
        out.int32(join.metadata.length);
        out.slice(join.metadata, 0, join.metadata.length);
      });
    },
    read: (from) => {
      from.int32();
      const error = from.int16();
      const generation = from.int32();
      from.string();
      return {
        error,
        generation,
        leader: from.string() ?? '',
        memberId: from.string() ?? '',
        members: from.array(() => {
          const memberId = from.string() ?? '';
          from.string();
          const { start, end } = from.range();
          return { memberId, metadata: from.bytes.subarray(start, end) };
        }),
      };
    },
  };
}
