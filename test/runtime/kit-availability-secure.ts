/** Jobs on a broker that asks who they are: Secrets as Kubernetes mounts them, and ACLs as an administrator grants them. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { groupName } from '../../crds/identity.ts';
import type { KafkaCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import { identityOf, outputTopic, sourceTopic } from './kit-availability.ts';

export interface Grant {
  readonly resource: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID';
  readonly name: string;
  /** All names that begin with `name`. */
  readonly isPrefix?: boolean;
  readonly operation: 'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'DESCRIBE' | 'DESCRIBE_CONFIGS';
}

/** What the docs say that a job needs, its topics being there. */
export function grantsOf(name: string): Grant[] {
  const prefix = groupName(identityOf(name));
  const own = ['CREATE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'READ', 'WRITE', 'DELETE'] as const;
  return [
    ...own.map((operation): Grant => ({ resource: 'TOPIC', name: prefix, isPrefix: true, operation })),
    { resource: 'GROUP', name: prefix, operation: 'READ' },
    { resource: 'TRANSACTIONAL_ID', name: `${prefix}.run`, operation: 'WRITE' },
    { resource: 'TRANSACTIONAL_ID', name: `${prefix}.consumer.`, isPrefix: true, operation: 'WRITE' },
    { resource: 'TOPIC', name: sourceTopic(name), operation: 'DESCRIBE' },
    { resource: 'TOPIC', name: sourceTopic(name), operation: 'READ' },
    { resource: 'TOPIC', name: outputTopic(name), operation: 'DESCRIBE' },
    { resource: 'TOPIC', name: outputTopic(name), operation: 'WRITE' },
  ];
}

export async function grant(brokers: readonly string[], principal: string, grants: readonly Grant[]): Promise<void> {
  const admin = new Kafka({ clientId: 'test', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createAcls({
    acl: grants.map(({ resource, name, isPrefix = false, operation }) => ({
      principal,
      host: '*',
      permissionType: AclPermissionTypes.ALLOW,
      operation: AclOperationTypes[operation],
      resourceType: AclResourceTypes[resource],
      resourceName: name,
      resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    })),
  });
  await admin.disconnect();
}

const FILES: Readonly<Record<keyof KafkaCredentials, readonly [folder: string, key: string]>> = {
  username: ['kafka-sasl', 'username'],
  password: ['kafka-sasl', 'password'],
  token: ['kafka-sasl', 'token'],
  ca: ['kafka-ca', 'ca.crt'],
  certificate: ['kafka-client', 'tls.crt'],
  key: ['kafka-client', 'tls.key'],
};

/** Writes what Secrets hold as they are mounted below the folder. */
export async function mount(folder: string, credentials: KafkaCredentials): Promise<void> {
  for (const [name, value] of Object.entries(credentials) as [keyof KafkaCredentials, string][]) {
    const [secret, key] = FILES[name];
    await mkdir(path.join(folder, secret), { recursive: true });
    await writeFile(path.join(folder, secret, key), `${value}\n`);
  }
}
