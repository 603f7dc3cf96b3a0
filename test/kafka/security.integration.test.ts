/**
 * Who is let in by a real broker and who is not, over each kind of listener: with the runtime's own connections, and
 * with kafkajs' public client, whose logs must tell no secret either.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import type { KafkaCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import { KafkaConnections } from '../../job-runtime/log/kafka/connections.ts';
import { kafkaAccess } from '../../job-runtime/log/kafka/security.ts';
import type { StreamJobError } from '../../job-runtime/errors.ts';
import { KAFKA_VERSIONS, whyNoKafka } from '../harness/kafka.ts';
import { startSecureKafka, whyNoCertificates } from '../harness/kafka/secure.ts';
import { describeIf } from '../harness/skip.ts';
import { LET_IN } from './let-in.ts';
import { SecureClients, WRONG } from './secure-clients.ts';
import type { Client } from './secure-clients.ts';
import { TURNED_AWAY } from './turned-away.ts';

const TOPIC = 'orders';
const CLOSED_TOPIC = 'salaries';
const START_TIMEOUT_MILLIS = 90_000;

for (const version of KAFKA_VERSIONS) {
  const reason = whyNoKafka(version) ?? whyNoCertificates();
  describeIf(reason === undefined, reason ?? '', `security of Kafka ${version}`, () => suite(version));
}

function suite(version: (typeof KAFKA_VERSIONS)[number]): void {
  let folder: string;
  let by: SecureClients;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-security-'));
    by = new SecureClients(await startSecureKafka(version, folder));
    await grant();
  }, START_TIMEOUT_MILLIS);

  afterAll(async () => {
    await by?.secure.admin.stop();
    await rm(folder, { recursive: true, force: true });
  }, START_TIMEOUT_MILLIS);

  /** Two topics, of which alice and the holder of the client certificate may use one. */
  async function grant(): Promise<void> {
    const admin = publicClient({ brokers: [...by.secure.admin.brokers] }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: TOPIC }, { topic: CLOSED_TOPIC }] });
    const principals = [`User:${by.secure.username}`, 'User:CN=reader,O=streamjob'];
    const operations = [AclOperationTypes.READ, AclOperationTypes.WRITE, AclOperationTypes.DESCRIBE];
    const acl = principals.flatMap((principal) => operations.map((operation) => ({ principal, operation })));
    await admin.createAcls({
      acl: acl.map((each) => ({
        ...each,
        host: '*',
        permissionType: AclPermissionTypes.ALLOW,
        resourceType: AclResourceTypes.TOPIC,
        resourceName: TOPIC,
        resourcePatternType: ResourcePatternTypes.LITERAL,
      })),
    });
    await admin.disconnect();
  }

  function expectNoSecretIn(text: string): void {
    expect(by.secrets().filter((secret) => text.includes(secret))).toEqual([]);
  }

  test.each(LET_IN)('lets in: $name, by our connections', async ({ client }) => {
    const { topics } = await asked(client(by), (connections) => connections.metadata([TOPIC]));
    expect(topics).toMatchObject([{ name: TOPIC, error: 0, leaders: [1] }]);
  });

  test.each(LET_IN)('lets in: $name, to write and read by kafkajs, which logs no secret', async ({ name, client }) => {
    const log: string[] = [];
    const { kafka, read } = client(by);
    const { ssl, sasl } = await kafkaAccess(kafka, read).security();
    const chosen = publicClient({ brokers: [...kafka.brokers], ssl, ...(sasl && { sasl }) }, log);
    const producer = chosen.producer();
    await producer.connect();
    await producer.send({ topic: TOPIC, messages: [{ value: name }] });
    await producer.disconnect();
    const admin = chosen.admin();
    await admin.connect();
    expect(Number((await admin.fetchTopicOffsets(TOPIC))[0]!.high)).toBeGreaterThan(0);
    await admin.disconnect();
    expect(log.length).toBeGreaterThan(10);
    expectNoSecretIn(log.join('\n'));
  });

  test.each(TURNED_AWAY)('turned away: $name', async ({ client, code, line }) => {
    const failure = await failureOf(client(by));
    expect({ code: failure.code, message: failure.message }).toEqual({ code, message: line(by) });
    expect(failure.retryable).toBe(true);
    expectNoSecretIn(inspect(failure, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }));
  });

  test('turned away: a token that has expired, which is said', async () => {
    const failure = await failureOf(by.bySasl('OAUTHBEARER', 'SASL', { token: by.tokenFor('alice', -600) }));
    expect(failure.code).toBe('NotAuthenticated');
    expect(failure.message).toMatch(/^Kafka refuses the bearer token, which expired at 20\d\d-.*Z \(OAUTHBEARER\): /);
    expectNoSecretIn(inspect(failure, { depth: 20, showHidden: true }));
  });

  test.each(TURNED_AWAY)('kafkajs logs no secret about: $name', async ({ client }) => {
    const log: string[] = [];
    const { kafka, read } = client(by);
    const access = kafkaAccess(kafka, read);
    const admin = access
      .security()
      .then(({ ssl, sasl }) => publicClient({ brokers: [...kafka.brokers], ssl, ...(sasl && { sasl }) }, log).admin());
    const failure = await admin
      .then((each) => each.connect().then(() => each.listTopics()))
      .catch((error: unknown) => error);
    await admin.then((each) => each.disconnect()).catch(() => undefined);
    expect(failure).toBeInstanceOf(Error);
    expectNoSecretIn(inspect(failure, { depth: 20, showHidden: true }) + log.join('\n'));
  });

  test('a topic without an ACL is not ours to read: who is to be granted what', async () => {
    const { kafka, read } = by.bySasl('SCRAM-SHA-512', 'SASL', by.alice(by.secure.password.scram));
    const access = kafkaAccess(kafka, read);
    const { topics } = await withConnections(access, (connections) => connections.metadata([CLOSED_TOPIC]));
    const failure = access.refused(topics[0]!.error, [{ operation: 'READ', resource: 'Topic', name: CLOSED_TOPIC }]);
    expect(failure).toMatchObject({
      code: 'NotAuthorized',
      message: 'not allowed to read topic "salaries": grant User:alice READ on Topic salaries',
    });
  });

  test('the holder of a client certificate is called what ACLs must name', async () => {
    const { kafka, read } = by.withTls(by.anyone('MUTUAL'), by.secure.certificates.client);
    const access = kafkaAccess(kafka, read);
    const { topics } = await withConnections(access, (connections) => connections.metadata([TOPIC, CLOSED_TOPIC]));
    const errors = Object.fromEntries(topics.map(({ name, error }) => [name, error]));
    expect(errors).toEqual({ [TOPIC]: 0, [CLOSED_TOPIC]: 29 });
    const asked = [{ operation: 'WRITE', resource: 'Topic', name: CLOSED_TOPIC }] as const;
    expect(access.refused(29, asked).message).toMatch(/: grant User:CN=reader,O=streamjob WRITE on Topic salaries$/);
  });

  test('a session that ends goes on with the token of then', async () => {
    const tokens: string[] = [];
    const client = by.bySasl('OAUTHBEARER', 'SHORT', {});
    const read = (): Promise<KafkaCredentials> => {
      tokens.push(by.tokenFor('alice', 600));
      return Promise.resolve({ token: tokens.at(-1)! });
    };
    await asked({ ...client, read }, async (connections) => {
      await connections.metadata([TOPIC]);
      const before = tokens.length;
      // kafkajs wants a new session 10 s before the end of one, which is 12 s long here.
      await delay(3000);
      await connections.metadata([TOPIC]);
      expect(tokens.length).toBeGreaterThan(before);
    });
  });

  test('a password that was mended lets in at the next try', async () => {
    let password = WRONG;
    const { kafka } = by.bySasl('SCRAM-SHA-256', 'SASL', {});
    const access = kafkaAccess(kafka, () => Promise.resolve(by.alice(password)));
    await withConnections(access, async (connections) => {
      await expect(connections.metadata([TOPIC])).rejects.toMatchObject({ code: 'NotAuthenticated' });
      password = by.secure.password.scram;
      expect((await connections.metadata([TOPIC])).topics).toHaveLength(1);
    });
  });
}

function asked<T>({ kafka, read }: Client, ask: (connections: KafkaConnections) => Promise<T>): Promise<T> {
  return withConnections(kafkaAccess(kafka, read), ask);
}

async function withConnections<T>(
  access: ReturnType<typeof kafkaAccess>,
  ask: (connections: KafkaConnections) => Promise<T>,
): Promise<T> {
  const connections = new KafkaConnections({ ...access, clientId: 'security-test' });
  try {
    return await ask(connections);
  } finally {
    await connections.close();
  }
}

async function failureOf(client: Client): Promise<StreamJobError> {
  return asked(client, (connections) => connections.metadata([TOPIC])).then(
    () => Promise.reject(new Error('was let in')),
    (error: StreamJobError) => error,
  );
}

/** kafkajs as its users know it, trying once; `log` gets all that it says, down to debug. */
function publicClient(config: ConstructorParameters<typeof Kafka>[0], log: string[] = []): Kafka {
  return new Kafka({
    clientId: 'security-test',
    logLevel: logLevel.DEBUG,
    logCreator: () => (entry) => void log.push(inspect(entry, { depth: 20, maxStringLength: null })),
    connectionTimeout: 5000,
    retry: { retries: 0 },
    ...config,
  });
}
