/**
 * With nothing changing nothing is written, the renewals of the Lease aside: not for a job without pods, not for one
 * whose pods do not start, not for one that runs on a Kafka in which nothing moves. Watched for a minute exactly.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { whyNoPrograms } from '../harness/apiserver.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { conditionOf } from './kit-jobs.ts';
import { eventually, Lifecycle, row, START_MILLIS } from './kit-lifecycle.ts';
import { OperatorProcess } from './kit-operator.ts';
import { FaultProxy } from './kit-proxy.ts';

const MINUTE = 60_000;
/** The numbers of a status are written within this time after they have moved. */
const SETTLED_MILLIS = 35_000;
/** The operator renews its Lease each two seconds. */
const RENEWALS = 30;

const reason = whyNoPrograms() ?? whyNoKafka('4.1.1');

describeIf(reason === undefined, reason ?? '', 'while nothing changes', () => {
  let live: Lifecycle;
  let proxy: FaultProxy;

  beforeAll(async () => {
    live = await Lifecycle.start();
    proxy = await FaultProxy.start(live.server);
    await live.operator.stop();
    const env = { ...live.env, STREAMJOB_OPERATOR_LEASE_NAME: 'quiet' };
    live.operator = await OperatorProcess.start(live.server, { kubeconfig: proxy.kubeconfigFile, env });
  }, START_MILLIS);

  afterAll(async () => {
    await live?.stop();
    await proxy?.stop();
  }, MINUTE);

  const isJudged = async (name: string, type: string, wanted: string): Promise<boolean> => {
    const status = (await live.job(name))?.status ?? {};
    return conditionOf(status, type)?.status === wanted;
  };

  it(
    'nothing is written for a minute',
    async () => {
      await live.apply(live.counting('running'));
      await live.apply(live.counting('suspended', { suspend: true }));
      await live.apply(live.counting('unpullable', { runtime: { image: 'missing:1' } }));
      await live.apply(live.counting('without-kafka', { kafka: { brokers: ['127.0.0.1:1'] } }));
      await live.ready('running');
      const records = ['a', 'b', 'c', 'd'].map((id, partition) => ({ partition, key: id, value: row(id, 0, 1) }));
      await live.write('running-in', records);
      await eventually('the others are judged', async () => {
        const judged = [
          isJudged('suspended', 'Suspended', 'True'),
          isJudged('unpullable', 'Deployed', 'False'),
          isJudged('without-kafka', 'KafkaReachable', 'False'),
        ];
        return (await Promise.all(judged)).every(Boolean);
      });
      await eventually('the records are done', async () => {
        const { lag, progress = [] } = (await live.job('running'))?.status ?? {};
        return lag === 0 && progress.reduce((sum, { offset = 0 }) => sum + offset, 0) === records.length;
      });
      await delay(SETTLED_MILLIS);
      const before = proxy.writes.length;
      const passes = await live.operator.metric('streamjob_operator_reconcile_duration_seconds_count');
      await delay(MINUTE);
      const written = proxy.writes.slice(before);
      expect(written.filter(({ n }) => n > 0)).toEqual([]);
      expect(written.length).toBeLessThanOrEqual(RENEWALS + 1);
      const looked = (await live.operator.metric('streamjob_operator_reconcile_duration_seconds_count')) - passes;
      process.stderr.write(`a quiet minute: ${looked} passes, ${written.length} renewals of the Lease\n`);
    },
    START_MILLIS,
  );
});
