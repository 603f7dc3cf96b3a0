/**
 * Asks whatever broker answers for a group, and finds it anew when it has moved. Says what each answer of the group
 * protocol means for a member that wants to be part of the group.
 */
import { StreamJobError, isStreamJobError } from '../../errors.ts';
import type { Trouble } from '../../errors.ts';
import { BrokerRefusal } from './broker-refusal.ts';
import { onGroup } from './failures/trial.ts';
import type { KafkaConnections, Purpose } from './connections.ts';
import { errorName } from './protocol-errors.ts';
import type { BrokerRequest } from './protocol/wire.ts';

export type GroupConnections = Pick<KafkaConnections, 'coordinator' | 'forgetCoordinator' | 'send'>;

export const ILLEGAL_GENERATION = 22;
export const UNKNOWN_MEMBER_ID = 25;
export const REBALANCE_IN_PROGRESS = 27;
export const MEMBER_ID_REQUIRED = 79;
export const FENCED_INSTANCE_ID = 82;

/** Loading, not available, not the coordinator. */
const ELSEWHERE: ReadonlySet<number> = new Set([14, 15, 16]);

export class GroupCoordinator {
  private readonly connections: GroupConnections;
  private readonly group: string;

  constructor(connections: GroupConnections, group: string) {
    this.connections = connections;
    this.group = group;
  }

  /** Throws what the connections throw. */
  async send<T extends { readonly error: number }>(request: BrokerRequest<T>, purpose: Purpose): Promise<T> {
    try {
      const answer = await this.connections.send(await this.node(), purpose, request);
      if (ELSEWHERE.has(answer.error)) this.forget();
      return answer;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private node(): Promise<number> {
    return this.connections.coordinator('group', this.group);
  }

  private forget(): void {
    this.connections.forgetCoordinator('group', this.group);
  }
}

/** What to tell of an answer that may be another one soon. */
export function hindrance(code: number, group: string): Trouble {
  const line = `Kafka's coordinator of consumer group "${group}" answers ${errorName(code)}`;
  return new BrokerRefusal(code, '', { line });
}

/** The answers to a join that stay the same however often it is tried. */
export function refusal(code: number, group: string, sessionTimeoutMillis: number): StreamJobError | undefined {
  const said = `(${errorName(code)})`;
  switch (code) {
    case 23:
      return new StreamJobError(
        'NameConflict',
        `consumer group "${group}" is in use by something that is not this job, or another release of it ${said}: stop that first`,
      );
    case 24:
      return new StreamJobError('ConfigInvalid', `Kafka does not allow "${group}" as a consumer group ${said}`);
    case 26:
      return new StreamJobError(
        'ConfigInvalid',
        `a session timeout of ${sessionTimeoutMillis} ms is outside group.min.session.timeout.ms and group.max.session.timeout.ms of Kafka ${said}`,
      );
    case 30:
      return new BrokerRefusal(code, `join consumer group "${group}"`, { asked: [onGroup(group)] });
    default:
      return undefined;
  }
}

/** Whether asking again may help, of what the connections throw. */
export function mayPass(error: unknown): error is StreamJobError {
  return isStreamJobError(error, 'LogUnavailable');
}
