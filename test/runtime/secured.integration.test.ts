/**
 * Whole jobs on a broker that asks who they are: let in by SCRAM over TLS, by a bearer token and by a client certificate;
 * turned away for a wrong password or a missing ACL, which they say once, wait for, and go on when it is mended. No
 * secret is ever told.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { groupName } from '../../crds/identity.ts';
import type { Log } from '../../job-runtime/log/log.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { startSecureKafka, whyNoCertificates } from '../harness/kafka/secure.ts';
import { describeIf } from '../harness/skip.ts';
import { SecureClients, WRONG } from '../kafka/secure-clients.ts';
import type { Client } from '../kafka/secure-clients.ts';
import {
  expectedOf,
  identityOf,
  logAt,
  manifestOf,
  outputTopic,
  probe,
  resultsOf,
  sourceTopic,
  writeRows,
} from './kit-availability.ts';
import type { Row } from './kit-availability.ts';
import { grant, grantsOf, mount } from './kit-availability-secure.ts';
import type { Grant } from './kit-availability-secure.ts';
import { Pods } from './pods.ts';
import type { RunningPod } from './pods.ts';

const reason = whyNoKafka('4.1.1') ?? whyNoCertificates();
const PATIENCE_MILLIS = 120_000;
const ALICE = 'User:alice';
const READER = 'User:CN=reader,O=streamjob';
const ROWS: readonly Row[] = Array.from({ length: 20 }, (_, n) => ({ id: `k${n % 2}`, second: n, n }));

interface Refusal {
  readonly what: string;
  readonly name: string;
  readonly isMissing: (grant: Grant) => boolean;
  /** After `PREFIX`, the name of the job's run. */
  readonly line: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'to read the source',
    name: 'acl-read',
    isMissing: ({ name, operation }) => name === 'acl-read-in' && operation === 'READ',
    line: `not allowed to read topic "acl-read-in": grant ${ALICE} READ on Topic acl-read-in`,
  },
  {
    what: 'to write results',
    name: 'acl-write',
    isMissing: ({ name, operation }) => name === 'acl-write-out' && operation === 'WRITE',
    line: `not allowed to write topic "acl-write-out": grant ${ALICE} WRITE on Topic acl-write-out`,
  },
  {
    what: 'to join the group',
    name: 'acl-group',
    isMissing: ({ resource }) => resource === 'GROUP',
    line: `not allowed to read group "PREFIX": grant ${ALICE} READ on Group PREFIX`,
  },
  {
    what: 'to use its transactional id',
    name: 'acl-id',
    isMissing: ({ name }) => name.endsWith('.consumer.'),
    line:
      'not allowed to write transactional id "PREFIX.consumer.acl-id": ' +
      `grant ${ALICE} WRITE on TransactionalId PREFIX.consumer.acl-id`,
  },
  {
    what: 'to create its topics',
    name: 'acl-create',
    isMissing: ({ operation }) => operation === 'CREATE',
    line: `not allowed to create topic "PREFIX.run": grant ${ALICE} CREATE on Topic PREFIX.run`,
  },
];

const LET_IN: readonly Readonly<{ name: string; principal: string; client: (by: SecureClients) => Client }>[] = [
  {
    name: 'scram-over-tls',
    principal: ALICE,
    client: (by) => by.withTls(by.bySasl('SCRAM-SHA-512', 'SASLTLS', by.alice(by.secure.password.scram))),
  },
  {
    name: 'bearer-token',
    principal: ALICE,
    client: (by) => by.withTls(by.bySasl('OAUTHBEARER', 'SASLTLS', { token: by.tokenFor('alice', 600) })),
  },
  {
    name: 'mutual-tls',
    principal: READER,
    client: (by) => by.withTls(by.anyone('MUTUAL'), by.secure.certificates.client),
  },
];

describeIf(reason === undefined, reason ?? '', 'a job on a broker that asks who it is', () => {
  let folder: string;
  let by: SecureClients;
  let pods: Pods;
  let log: Log;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-secured-'));
    [by, pods] = [new SecureClients(await startSecureKafka('4.1.1', path.join(folder, 'kafka'))), await Pods.open()];
    log = logAt(by.secure.admin.brokers);
  }, PATIENCE_MILLIS);
  afterAll(async () => {
    await pods?.close();
    await log?.close();
    await by?.secure.admin.stop();
    await rm(folder, { recursive: true, force: true });
  }, PATIENCE_MILLIS);

  const secretsOf = (name: string): string => path.join(folder, 'secrets', name);

  /** A bounded job over a topic that is there, with its records, and a topic for its results. */
  async function start(name: string, { kafka, read }: Client): Promise<RunningPod> {
    for (const topic of [sourceTopic(name), outputTopic(name)]) await log.createTopic(topic, { partitions: 2 });
    await writeRows(log, sourceTopic(name), ROWS, ({ n }) => n % 2);
    await mount(secretsOf(name), await read());
    const { brokers, ...rest } = kafka;
    const spec = { stopAt: { position: 'latest' } };
    const manifest = manifestOf({ name, brokers, partitions: 2, kafka: rest, spec });
    const env = { STREAMJOB_SECRETS_DIR: secretsOf(name) };
    return pods.start({ manifest, run: 'r1', instance: name, env });
  }

  /** In nothing that it has said and shows. */
  async function expectNoSecret(pod: RunningPod): Promise<void> {
    const pages = [JSON.stringify(await pod.status()), await pod.metrics()];
    const told = [...pod.lines.map((line) => JSON.stringify(line)), ...pod.stdout, ...pages].join('\n');
    expect(told.length).toBeGreaterThan(5000);
    expect(by.secrets().filter((secret) => told.includes(secret))).toEqual([]);
  }

  async function expectResults(pod: RunningPod, name: string): Promise<void> {
    await pod.waitForStatus('the end', ({ done }) => done, PATIENCE_MILLIS);
    await expectNoSecret(pod);
    expect(await resultsOf(log, outputTopic(name))).toEqual(expectedOf(ROWS));
  }

  const isMended = async (pod: RunningPod): Promise<void> => {
    await pod.waitForEvent('over', PATIENCE_MILLIS);
    expect(pod.said('trouble')).toHaveLength(1);
    expect(pod.said('over')).toHaveLength(1);
    expect(pod.end).toBeUndefined();
  };

  test.each(LET_IN)(
    'runs to its end: $name',
    async ({ name, principal, client }) => {
      await grant(by.secure.admin.brokers, principal, grantsOf(name));
      const pod = await start(name, client(by));
      await expectResults(pod, name);
      expect(pod.said('trouble')).toEqual([]);
      expect(await pod.stop()).toEqual({ code: 0, signal: null });
    },
    PATIENCE_MILLIS,
  );

  test(
    'a wrong password is said once, and waited for; the right one lets it in',
    async () => {
      const name = 'password';
      await grant(by.secure.admin.brokers, ALICE, grantsOf(name));
      const pod = await start(name, by.withTls(by.bySasl('SCRAM-SHA-512', 'SASLTLS', by.alice(WRONG))));
      const line =
        'Kafka refuses user "alice" (SCRAM-SHA-512): check the keys username and password of the Secret login named in ' +
        'spec.kafka.sasl.secretRef';
      expect(await pod.waitForEvent('trouble', PATIENCE_MILLIS)).toBe(line);
      for (const until = Date.now() + 8000; Date.now() < until; await delay(500))
        expect([await probe(pod, 'livez'), await probe(pod, 'readyz')]).toEqual([200, 503]);
      expect(await pod.status()).toMatchObject({
        trouble: line,
        code: 'NotAuthenticated',
        lastError: line,
        lastErrorCode: 'NotAuthenticated',
        tasks: [],
      });
      expect(pod.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
      await expectNoSecret(pod);
      await mount(secretsOf(name), by.alice(by.secure.password.scram));
      await expectResults(pod, name);
      await isMended(pod);
      await pod.stop();
    },
    PATIENCE_MILLIS,
  );

  describe('without an ACL', () => {
    const refused = new Map<string, RunningPod>();

    beforeAll(async () => {
      for (const { name, isMissing } of REFUSALS) {
        await grant(
          by.secure.admin.brokers,
          ALICE,
          grantsOf(name).filter((each) => !isMissing(each)),
        );
        const client = by.bySasl('SCRAM-SHA-256', 'SASL', by.alice(by.secure.password.scram));
        refused.set(name, await start(name, client));
      }
      for (const pod of refused.values()) await pod.waitForEvent('trouble', PATIENCE_MILLIS);
      // Several attempts, the longest pause between them being five seconds.
      await delay(8000);
    }, PATIENCE_MILLIS);

    test.each(REFUSALS)(
      '$what: says once which, and goes on when it is granted',
      async ({ name, isMissing, line }) => {
        const pod = refused.get(name)!;
        expect(pod.said('trouble')).toEqual([line.replaceAll('PREFIX', groupName(identityOf(name)))]);
        expect(pod.said('over')).toEqual([]);
        expect(await pod.status()).toMatchObject({ code: 'NotAuthorized', lastErrorCode: 'NotAuthorized' });
        expect([await probe(pod, 'livez'), await probe(pod, 'readyz')]).toEqual([200, 503]);
        await expectNoSecret(pod);
        await grant(by.secure.admin.brokers, ALICE, grantsOf(name).filter(isMissing));
        await expectResults(pod, name);
        await isMended(pod);
      },
      PATIENCE_MILLIS,
    );
  });
});
