/** `streamjob tail` and `redrive` from outside, on a real broker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appendDeadLetter } from '../../job-runtime/dead-letters/dead-letter-records.ts';
import type { Log } from '../../job-runtime/log/log.ts';
import { openKafka } from '../../job-runtime/log/kafka/open-kafka.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import { encodeHeaders } from '../../job-runtime/log/record-headers.ts';
import { builderOf, openWriter, read, values, write } from '../conformance/log-text.ts';
import type { KafkaBroker } from '../harness/kafka.ts';
import { KAFKA_VERSIONS, startKafka, whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { Workplace } from './streamjob.ts';
import type { Program, Said } from './streamjob.ts';

const version = KAFKA_VERSIONS.at(-1)!;
const reason = whyNoKafka(version);
const MANIFEST = (brokers: string): string => `apiVersion: streamjob.dev/v1alpha1
kind: StreamJob
metadata: {name: rides, namespace: taxi}
spec:
  kafka: {brokers: ["${brokers}"]}
  topic: {name: rides}
  schema: {format: json, fields: [{name: a, type: string}]}
  sink: {console: {}}
`;
const PATIENCE_MILLIS = 60_000;

describeIf(reason === undefined, reason ?? '', 'verbs on Kafka', () => {
  let folder = '';
  let broker: KafkaBroker;
  let place: Workplace;
  let log: Log;
  let kafka: readonly string[];

  const start = async (): Promise<void> => {
    const port = broker === undefined ? {} : { port: Number(broker.brokers[0]!.split(':')[1]) };
    broker = await startKafka({ version, dataDir: path.join(folder, 'data'), ...port });
  };
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-verbs-'));
    await start();
    kafka = ['--kafka', broker.brokers[0]!];
    place = await Workplace.make({ 'job.yaml': MANIFEST(broker.brokers[0]!) });
    log = openKafka({ brokers: [...broker.brokers] }, async () => ({}), { clientId: 'test' }).log;
  }, 120_000);
  afterAll(async () => {
    await log?.close();
    await broker?.stop();
    await place?.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  /** Resolves with what a stream of the program has said as soon as it holds `text`. */
  function until(program: Program, stream: 'stdout' | 'stderr', text: string): Promise<string> {
    let said = '';
    return new Promise((resolve, reject) => {
      program[stream].on('data', (chunk: Buffer | string) => {
        said += chunk.toString();
        if (said.includes(text)) resolve(said);
      });
      program.on('close', () => reject(new Error(`ended without ${text}: ${said}`)));
    });
  }

  const lines = ({ stdout }: Said): string[] => stdout.split('\n').slice(0, -1);

  test(
    'tail prints what is there, in text and in JSON',
    async () => {
      await log.createTopic('there', { partitions: 2 });
      const builder = builderOf([
        ['k', 'first', 1000],
        [null, 'two\nlines', 2000],
      ]);
      const headers = encodeHeaders([{ key: 'trace', value: Buffer.from('7') }]);
      builder.setHeaders(headers, 0, headers.length);
      const writer = await openWriter(log, 'there');
      const transaction = writer.begin();
      transaction.append('there', 1, builder);
      await transaction.commit();
      const tail = ['tail', 'there', ...kafka, '--from', 'earliest', '--until-end'];
      expect(await place.run(...tail)).toEqual({ exitCode: 0, stdout: '1@0 k first\n1@1 - two\\nlines\n', stderr: '' });
      const json = await place.run(...tail, '--format', 'json');
      expect(JSON.parse(lines(json)[1]!)).toEqual({
        partition: 1,
        offset: 1,
        timestamp: '1970-01-01T00:00:02.000Z',
        key: null,
        value: 'two\nlines',
        headers: [{ key: 'trace', value: '7' }],
      });
      expect(lines(await place.run(...tail, '--from', '1970-01-01T00:00:02Z'))).toEqual(['1@1 - two\\nlines']);
      expect(lines(await place.shell(`streamjob ${tail.join(' ')} | head -n 1`))).toEqual(['1@0 k first']);
    },
    PATIENCE_MILLIS,
  );

  test(
    'tail follows committed records until Ctrl-C, over a restart of the broker',
    async () => {
      await log.createTopic('rides', { partitions: 1 });
      await write(log, 'rides', 0, [[null, 'before']]);
      const program = place.start(['tail', 'job.yaml']);
      const outcome = place.outcome(program);
      const first = until(program, 'stdout', 'ride');
      // Where it begins is not told: rides are published until one has been seen.
      const seen = first.then(() => true);
      while (!(await Promise.race([seen, new Promise<false>((resolve) => setTimeout(resolve, 200, false))])))
        await write(log, 'rides', 0, [[null, 'ride']]);
      const waiting = until(program, 'stderr', 'waiting');
      await broker.stop();
      await waiting;
      await start();
      const last = until(program, 'stdout', 'last');
      await write(log, 'rides', 0, [[null, 'last']]);
      await last;
      program.kill('SIGINT');
      const { exitCode, stdout, stderr } = await outcome;
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain('before');
      expect(stdout.match(/last/g)).toHaveLength(1);
      expect(stderr).toMatch(/^streamjob: [^\n]*; waiting\n$/);
    },
    2 * PATIENCE_MILLIS,
  );

  test(
    'a topic that does not exist, and a cluster that is not there',
    async () => {
      expect(await place.run('tail', 'nothing', ...kafka)).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: 'streamjob: topic "nothing" does not exist\n',
      });
      const program = place.start(['tail', 'nothing', '--kafka', '127.0.0.1:1']);
      const outcome = place.outcome(program);
      await until(program, 'stderr', 'no answer');
      program.kill('SIGINT');
      expect(await outcome).toEqual({ exitCode: 0, stdout: '', stderr: 'streamjob: no answer from 127.0.0.1:1 yet\n' });
    },
    PATIENCE_MILLIS,
  );

  /** Dead letters of run `run` of the manifest's job, numbered, over two partitions, in transactions of a thousand. */
  async function setAside(run: string, count: number): Promise<string> {
    const topic = `sj.taxi.rides.${run}.dead-letters`;
    await log.createTopic(topic, { partitions: 2 });
    await log.createTopic(`in-${run}`, { partitions: 3 });
    const writer = await openWriter(log, run);
    for (let from = 0; from < count; from += 1000) {
      const builder = new RecordBuilder();
      for (let index = from; index < Math.min(count, from + 1000); index++) {
        const place = { topic: `in-${run}`, partition: index % 3, offset: index };
        const content = { key: null, value: Buffer.from(`${index}`.padEnd(400)), headers: null };
        const letter = { reason: index % 2 ? 'Late' : 'BadValue', message: 'why', ...place, ...content } as const;
        appendDeadLetter(builder, letter, { job: 'taxi/rides', run }, Date.now());
      }
      const transaction = writer.begin();
      transaction.append(topic, (from / 1000) % 2, builder);
      await transaction.commit();
    }
    return topic;
  }

  async function putBack(run: string, count: number): Promise<number[]> {
    const counts = await Promise.all(
      [0, 1, 2].map(async (partition) => {
        const of = { topic: `in-${run}`, partition };
        const expected = Math.floor((count + 2 - partition) / 3);
        const found = values(await read(log, of, expected)).map(Number);
        expect(found.every((index) => index % 3 === partition)).toBe(true);
        return found;
      }),
    );
    return counts.flat().toSorted((a, b) => a - b);
  }

  test(
    'redrive counts, then puts back, once',
    async () => {
      await setAside('r1', 7);
      const redrive = ['redrive', 'job.yaml', '--run', 'r1'];
      expect(await place.run(...redrive, '--dry-run', '--error', 'Late')).toEqual({
        exitCode: 0,
        stdout: `error  from     records
Late   in-r1/0        1
Late   in-r1/1        1
Late   in-r1/2        1
3 dead letters with Late to put back
`,
        stderr: '',
      });
      expect(await place.run(...redrive)).toEqual({ exitCode: 0, stdout: '', stderr: '7 dead letters put back\n' });
      expect(await place.run(...redrive)).toMatchObject({ stderr: '0 dead letters put back\n' });
      expect(await putBack('r1', 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    },
    PATIENCE_MILLIS,
  );

  test(
    'redrive that is killed again and again neither loses nor doubles',
    async () => {
      const count = 30_000;
      const topic = await setAside('r2', count);
      const args = ['redrive', '--topic', topic, ...kafka];
      let kills = 0;
      for (let said: Said | undefined; said?.exitCode !== 0;) {
        const program = place.start(args);
        const outcome = place.outcome(program);
        const before = await ends('in-r2');
        // Until something of this run has been put back, or it is done.
        while (program.exitCode === null && kills < 4 && (await ends('in-r2')) <= before)
          await new Promise((resolve) => setTimeout(resolve, 5));
        if (kills < 4 && program.exitCode === null) {
          kills++;
          program.kill('SIGKILL');
        }
        said = await outcome;
      }
      expect(kills).toBeGreaterThan(1);
      expect(await putBack('r2', count)).toEqual(Array.from({ length: count }, (_, index) => index));
      const { stdout } = await place.run('tail', 'in-r2', ...kafka, '--from', 'earliest', '--until-end');
      expect(stdout.split('\n')).toHaveLength(count + 1);
    },
    PATIENCE_MILLIS * 2,
  );

  async function ends(topic: string): Promise<number> {
    const all = await Promise.all([0, 1, 2].map((partition) => log.offsets({ topic, partition })));
    return all.reduce((sum, { end }) => sum + end, 0);
  }
});
