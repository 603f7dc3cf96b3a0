/** A coordinator that answers as it is told, in place of the connections to one. */
import type { GroupConnections } from './membership-coordinator.ts';
import type { Purpose } from './connections.ts';
import type { GroupOptions } from '../group.ts';
import { encodePart } from './protocol/consumer-protocol.ts';
import type { JoinGroupAnswer } from './protocol/join-group.ts';
import type { SyncGroupAnswer } from './protocol/sync-group.ts';
import { WireReader, WireWriter } from './protocol/wire.ts';
import type { BrokerRequest } from './protocol/wire.ts';

export interface Asked {
  readonly apiName: string;
  readonly purpose: Purpose;
  readonly memberId: string;
}

type Answer = object | Error | Promise<object>;

export class ScriptedCoordinator implements GroupConnections {
  readonly asked: Asked[] = [];
  forgotten = 0;
  /** What `coordinator` throws. */
  failure: Error | undefined;
  /** By request, each used once; the last one again and again. */
  private readonly answers: Record<string, Answer[]> = { Heartbeat: [{ error: 0 }], LeaveGroup: [{ error: 0 }] };

  /** What is answered from now on. */
  will(apiName: string, ...answers: Answer[]): this {
    this.answers[apiName] = answers;
    return this;
  }

  async coordinator(): Promise<number> {
    if (this.failure) throw this.failure;
    return 1;
  }

  forgetCoordinator(): void {
    this.forgotten++;
  }

  async send<T>(_node: number, purpose: Purpose, request: BrokerRequest<T>): Promise<T> {
    const { apiName } = request;
    this.asked.push({ apiName, purpose, memberId: memberIdIn(request) });
    const answers = this.answers[apiName];
    const answer = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (answer === undefined) throw new Error(`no answer to ${apiName} is scripted`);
    if (answer instanceof Error) throw answer;
    return (await answer) as T;
  }

  count(apiName: string): number {
    return this.asked.filter((each) => each.apiName === apiName).length;
  }
}

/** Where the member id stands in each request. */
function memberIdIn(request: BrokerRequest<unknown>): string {
  const out = new WireWriter();
  request.write(out);
  const from = new WireReader(out.toBytes());
  from.string();
  const numbers = { JoinGroup: 2, SyncGroup: 1, Heartbeat: 1 }[request.apiName] ?? 0;
  for (let i = 0; i < numbers; i++) from.int32();
  return from.string() ?? '';
}

export const joined = (generation: number, more: Partial<JoinGroupAnswer> = {}): JoinGroupAnswer => ({
  error: 0,
  generation,
  leader: 'another',
  memberId: 'me',
  members: [],
  ...more,
});

export const refused = (error: number, memberId = ''): JoinGroupAnswer => joined(-1, { error, memberId, leader: '' });

export const synced = (...partitions: number[]): SyncGroupAnswer => ({
  error: 0,
  assignment: encodePart({
    partitions: partitions.map((partition) => ({ topic: 'in', partition })),
    shared: { in: 4 },
  }),
});

export const notSynced = (error: number): SyncGroupAnswer => ({ error, assignment: new Uint8Array(0) });

export const OPTIONS: GroupOptions = {
  group: 'g',
  topics: ['in'],
  sessionTimeoutMillis: 10_000,
  rebalanceTimeoutMillis: 10_000,
  heartbeatMillis: 5,
  assign: async () => ({ partitions: new Map(), shared: {} }),
};
