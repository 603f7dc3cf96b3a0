/** Heartbeat v3: a member lives, and learns whether its generation still does. Answered at once. */
import type { BrokerRequest } from './wire.ts';

export interface Heartbeat {
  readonly group: string;
  readonly memberId: string;
  readonly generation: number;
  /** An answer that takes longer is of no use: another broker may have to be asked before the session is over. */
  readonly answerMillis: number;
}

export interface HeartbeatAnswer {
  readonly error: number;
}

export function heartbeatRequest(heartbeat: Heartbeat): BrokerRequest<HeartbeatAnswer> {
  return {
    apiKey: 12,
    apiName: 'Heartbeat',
    apiVersion: 3,
    isFlexible: false,
    answerMillis: heartbeat.answerMillis,
    write: (out) => {
      out.string(heartbeat.group);
      out.int32(heartbeat.generation);
      out.string(heartbeat.memberId);
      out.string(null);
    },
    read: (from) => {
      from.int32();
      return { error: from.int16() };
    },
  };
}
