/** Clusters that ask who we are: what a wrong Secret does, that a mended one counts, and which grant is missing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KafkaCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import { whyNoKafka } from '../../test/harness/kafka.ts';
import { startSecureKafka, whyNoCertificates } from '../../test/harness/kafka/secure.ts';
import { describeIf } from '../../test/harness/skip.ts';
import { SecureClients, WRONG } from '../../test/kafka/secure-clients.ts';
import { grant } from '../../test/runtime/kit-availability-secure.ts';
import { KafkaClusters } from './clusters.ts';
import type { KafkaTarget } from './clusters.ts';

const reason = whyNoKafka('4.1.1') ?? whyNoCertificates();
const ALICE = 'User:alice';
const GROUP = 'sj.n.j.r1';

describeIf(reason === undefined, reason ?? '', 'clusters that ask who the operator is', () => {
  let folder: string;
  let by: SecureClients;
  let clusters: KafkaClusters;
  /** Of the Secrets, by namespace. */
  const passwords = new Map<string, string>();
  const read: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-operator-'));
    by = new SecureClients(await startSecureKafka('4.1.1', folder));
    const readCredentials = async ({ namespace }: KafkaTarget): Promise<KafkaCredentials> => {
      read.push(namespace);
      return by.alice(passwords.get(namespace)!);
    };
    clusters = new KafkaClusters({ readCredentials, now: Date.now });
    passwords.set('fine', by.secure.password.scram);
    const admin = { namespace: 'n', kafka: { brokers: [...by.secure.admin.brokers] } };
    await clusters.use(admin, ({ log }) => log.createTopic(`${GROUP}.run`, { partitions: 1 }));
    await grant(by.secure.admin.brokers, ALICE, [
      { resource: 'GROUP', name: GROUP, operation: 'DESCRIBE' },
      { resource: 'TOPIC', name: `${GROUP}.`, isPrefix: true, operation: 'DESCRIBE' },
    ]);
  }, 90_000);
  afterAll(async () => {
    clusters?.close();
    await by?.secure.admin.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const target = (namespace: string): KafkaTarget => {
    const { kafka } = by.bySasl('SCRAM-SHA-512', 'SASL', by.alice('not read here'));
    return { namespace, kafka };
  };
  const committed = (namespace: string): Promise<unknown> =>
    clusters.use(target(namespace), ({ admin }) => admin.committed(GROUP));

  test('a wrong password is told without the password, and one that was mended counts at once', async () => {
    passwords.set('a', WRONG);
    const failure: unknown = await committed('a').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'NotAuthenticated', message: expect.stringMatching(/^[^\n]*login[^\n]*$/) });
    const text = inspect(failure, { depth: 20, showHidden: true, maxStringLength: null });
    expect(by.secrets().filter((secret) => text.includes(secret))).toEqual([]);
    passwords.set('a', by.secure.password.scram);
    expect(await committed('a')).toEqual([]);
  });

  test('two namespaces show their own Secrets, though they name the same brokers and the same Secret', async () => {
    expect(await committed('fine')).toEqual([]);
    passwords.set('c', WRONG);
    await expect(committed('c')).rejects.toMatchObject({ code: 'NotAuthenticated' });
    expect(await committed('fine')).toEqual([]);
    expect(read).toEqual(expect.arrayContaining(['fine', 'c']));
  });

  test('who must not delete is told what to grant', async () => {
    const from = target('fine');
    await expect(clusters.use(from, ({ admin }) => admin.deleteGroup(GROUP))).rejects.toMatchObject({
      code: 'NotAuthorized',
      message: expect.stringContaining(`grant ${ALICE} DELETE on Group ${GROUP}`),
    });
    await expect(clusters.use(from, ({ admin }) => admin.deleteTopics([`${GROUP}.run`]))).rejects.toMatchObject({
      code: 'NotAuthorized',
      message: expect.stringContaining(`grant ${ALICE} DELETE on Topic ${GROUP}.run`),
    });
  });

  test('who must not look is told what to grant', async () => {
    const from = target('fine');
    await expect(clusters.use(from, ({ admin }) => admin.ends(['salaries']))).rejects.toMatchObject({
      code: 'NotAuthorized',
      message: expect.stringContaining(`grant ${ALICE} DESCRIBE on Topic salaries`),
    });
    expect(await clusters.use(from, ({ admin }) => admin.topicsWithPrefix('sal'))).toEqual([]);
  });
});
