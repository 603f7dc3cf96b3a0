/** What was tried with Kafka when something failed, and what a second look told: all that an error message is made of. */
import type { Kafka } from '../../../../crds/topic.ts';
import type { Address } from '../broker-connection.ts';
import type { Identity } from '../security/identity.ts';

/** What a request touches and what for, in the words of Kafka's ACLs. */
export type Asked = Readonly<{
  operation: 'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ALTER' | 'DESCRIBE' | 'ALTER_CONFIGS' | 'DESCRIBE_CONFIGS';
  resource: 'Topic' | 'Group' | 'TransactionalId' | 'Cluster';
  /** Of the cluster: `kafka-cluster`. */
  name: string;
}>;

export const onTopic = (operation: Asked['operation'], name: string): Asked => ({ operation, resource: 'Topic', name });

export const onGroup = (name: string): Asked => ({ operation: 'READ', resource: 'Group', name });

export const onTransactionalId = (name: string): Asked => ({ operation: 'WRITE', resource: 'TransactionalId', name });

export type Trial = Readonly<{
  kafka: Kafka;
  /** Absent: one of `spec.kafka.brokers`. */
  address?: Address;
  identity?: Identity;
  asked?: readonly Asked[];
}>;

/** See probe.ts. */
export type Finding = Readonly<{
  speaks?: 'TLS' | 'plain text';
  /** What the listener lets clients authenticate by; none: it does not ask. */
  mechanisms?: readonly string[];
}>;

/** HOST:PORT, or those of the manifest. */
export function where({ kafka, address }: Pick<Trial, 'kafka' | 'address'>): string {
  return address ? `${address.host}:${address.port}` : kafka.brokers.join(', ');
}

/** Such as `, which expired at 2026-11-20T08:00:00.000Z`; nothing if it has not, or never does. */
export function expiry(identity: Identity | undefined): string {
  const end = identity?.expiresAt;
  if (end === undefined || end > Date.now()) return '';
  return `, which expired at ${new Date(end).toISOString()}`;
}

export function nameOf({ resource, name }: Asked): string {
  switch (resource) {
    case 'Topic':
      return `topic "${name}"`;
    case 'Group':
      return `group "${name}"`;
    case 'TransactionalId':
      return `transactional id "${name}"`;
    case 'Cluster':
      return 'the cluster';
  }
}
