/** A Kafka cluster as the runtime sees it: its log, and memberships of groups. The one place that builds both. */
import type { Trouble } from '../../errors.ts';
import type { Kafka } from '../../../crds/topic.ts';
import type { GroupMembership, GroupOptions } from '../group.ts';
import type { ReadCredentials } from '../kafka-credentials.ts';
import type { Log } from '../log.ts';
import type { LogAdmin } from '../log-admin.ts';
import { KafkaConnections } from './connections.ts';
import { KafkaLog } from './kafka-log.ts';
import type { KafkaLogOptions } from './kafka-log.ts';
import { KafkaMembership } from './kafka-membership.ts';
import { kafkaAccess } from './security.ts';

export interface KafkaCluster {
  readonly log: Log;
  readonly admin: LogAdmin;
  /** With connections of its own: a broker holds back what is behind a join. */
  join(options: GroupOptions): GroupMembership;
  /** Why requests have been tried in vain for a while; undefined: they are not. */
  readonly trouble: Trouble | undefined;
  close(): Promise<void>;
}

export interface OpenKafkaOptions extends Omit<KafkaLogOptions, 'tellGrant'> {
  /** How brokers see us in their logs and quotas. */
  readonly clientId: string;
}

/** Connects when first asked for something. `read`: the credentials, asked for at each new connection. */
export function openKafka(kafka: Kafka, read: ReadCredentials, options: OpenKafkaOptions): KafkaCluster {
  const { brokers, security, explain, refused } = kafkaAccess(kafka, read);
  const connect = (): KafkaConnections =>
    new KafkaConnections({ brokers, security, explain, clientId: options.clientId });
  const log = new KafkaLog(connect(), { ...options, tellGrant: refused });
  const ofGroups: KafkaConnections[] = [];
  return {
    log,
    admin: log.admin,
    join: (group) => {
      const connections = connect();
      ofGroups.push(connections);
      return new KafkaMembership(connections, group, refused);
    },
    get trouble() {
      return log.trouble;
    },
    close: async () => {
      await Promise.all([log.close(), ...ofGroups.map((connections) => connections.close())]);
    },
  };
}
