/** LeaveGroup v2: a member goes, and the group gathers anew at once instead of after its session. */
import type { BrokerRequest } from './wire.ts';

export interface LeaveGroupAnswer {
  readonly error: number;
}

export function leaveGroupRequest(group: string, memberId: string): BrokerRequest<LeaveGroupAnswer> {
  return {
    apiKey: 13,
    apiName: 'LeaveGroup',
    apiVersion: 2,
    isFlexible: false,
    write: (out) => {
      out.string(group);
      out.string(memberId);
    },
    read: (from) => {
      from.int32();
      return { error: from.int16() };
    },
  };
}
