/** The log on real brokers, the oldest and the newest that is supported. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { KafkaLog } from '../../job-runtime/log/kafka/kafka-log.ts';
import { describeLog } from '../conformance/log-suite.ts';
import { KAFKA_VERSIONS, startKafka, whyNoKafka, type KafkaBroker } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { plainConnections } from './connections.ts';
import { describeAdmin } from './log-admin.ts';
import { describeKafkajsParts } from './kafkajs-parts.ts';
import { describeOpenTransactions, describeRefusals, describeSizes } from './log-on-broker.ts';
import { describeRestarts } from './log-restarts.ts';
import { describeTopicsOnBroker } from './log-topics.ts';

jest.setTimeout(60_000);

describe.each(KAFKA_VERSIONS)('Kafka %s', (version) => {
  const reason = whyNoKafka(version);

  describeIf(reason === undefined, reason ?? '', 'KafkaLog', () => {
    let folder = '';
    let broker: KafkaBroker | undefined;
    let log: KafkaLog | undefined;
    let names = 0;
    const brokers = (): readonly string[] => broker!.brokers;
    const start = async (port?: number): Promise<void> => {
      const place = { version, dataDir: path.join(folder, 'data') };
      broker = await startKafka(port === undefined ? place : { ...place, port });
    };
    const name = (kind: string): string => `${kind}-${names++}`;
    const topic = async (partitions = 1): Promise<string> => {
      const created = name('broker');
      await log!.createTopic(created, { partitions });
      return created;
    };
    const context = { log: () => log!, brokers, topic, name };

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'streamjob-kafka-log-'));
      await start();
      log = new KafkaLog(plainConnections(brokers()));
    }, 120_000);
    afterAll(async () => {
      await log?.close();
      await broker?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    describeLog(`Kafka ${version}`, async () => new KafkaLog(plainConnections(brokers())));
    describeRefusals(context);
    describeOpenTransactions(context);
    describeSizes(context);
    describeTopicsOnBroker(context);
    describeAdmin({ ...context, admin: () => log!.admin });
    describeKafkajsParts(brokers);
    describeRestarts({
      ...context,
      stop: () => broker!.stop(),
      start: () => start(Number(brokers()[0]!.split(':')[1])),
    });
  });
});
