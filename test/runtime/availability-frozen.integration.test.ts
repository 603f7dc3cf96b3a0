/** A consumer that stands still for longer than its session, and does not know it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Log } from '../../job-runtime/log/log.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { PassingBroker } from './kit-availability-broker.ts';
import { expectedOf, logAt, manifestOf, outputTopic, resultsOf, sourceTopic, writeRows } from './kit-availability.ts';
import type { Row } from './kit-availability.ts';
import { Pods } from './pods.ts';

const reason = whyNoKafka('4.1.1');
const PATIENCE_MILLIS = 120_000;

/** Eight keys, in the order of time. */
const rowsUpTo = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({ id: `k${i % 8}`, second: Math.floor(i / 20), n: i }));

describeIf(reason === undefined, reason ?? '', 'a frozen process', () => {
  let broker: PassingBroker;
  let pods: Pods;
  let log: Log;

  beforeAll(async () => {
    [broker, pods] = await Promise.all([PassingBroker.prepare(), Pods.open()]);
    await broker.start();
    log = logAt(broker.brokers);
  }, PATIENCE_MILLIS);
  afterAll(async () => {
    await pods?.close();
    await log?.close();
    await broker?.close();
  }, PATIENCE_MILLIS);

  test(
    'a consumer that is frozen for longer than its session comes back as a new member, and repeats nothing',
    async () => {
      const manifest = manifestOf({ name: 'frozen', brokers: broker.brokers, partitions: 2 });
      await log.createTopic(sourceTopic('frozen'), { partitions: 2 });
      const env = { STREAMJOB_SESSION_TIMEOUT: '3s' };
      const [frozen, heir] = [
        await pods.start({ manifest, run: 'r1', env }),
        await pods.start({ manifest, run: 'r1', env }),
      ];
      await frozen.waitForStatus('its task', ({ tasks }) => tasks.length === 1, PATIENCE_MILLIS);
      await heir.waitForStatus('its task', ({ tasks }) => tasks.length === 1, PATIENCE_MILLIS);
      const written: Row[] = [];
      const write = async (count: number): Promise<void> => {
        const more = rowsUpTo(written.length + count).slice(written.length);
        written.push(...more);
        await writeRows(log, sourceTopic('frozen'), more, ({ n }) => n % 2);
      };
      await write(200);
      frozen.signal('SIGSTOP');
      await write(200);
      await heir.waitForStatus('both tasks', ({ tasks }) => tasks.length === 2, PATIENCE_MILLIS);
      await write(200);
      await heir.waitForStatus('no lag', ({ tasks }) => tasks.every(({ lag }) => lag === 0), PATIENCE_MILLIS);
      const generations = frozen.said('assigned').length;
      frozen.signal('SIGCONT');
      await write(200);
      await frozen.waitFor('a new place', () => frozen.said('assigned').length > generations, PATIENCE_MILLIS);
      await write(200);
      // Event time beyond all windows closes them; these last two are not closed themselves.
      const last = { id: 'k0', second: 10_000 };
      await writeRows(
        log,
        sourceTopic('frozen'),
        [0, 1].map((n) => ({ ...last, n })),
        ({ n }) => n,
      );
      const want = expectedOf(written);
      await heir.waitFor(
        'all results',
        async () => (await resultsOf(log, outputTopic('frozen'))).length >= want.length,
        PATIENCE_MILLIS,
      );
      expect(await resultsOf(log, outputTopic('frozen'))).toEqual(want);
    },
    PATIENCE_MILLIS,
  );
});
