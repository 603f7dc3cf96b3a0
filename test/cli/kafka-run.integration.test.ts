/** `streamjob run --kafka`: the results of a run on a cluster are those of a run on the embedded log. */
import { readFile, readdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KafkaBroker } from '../harness/kafka.ts';
import { KAFKA_VERSIONS, startKafka, whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import type { Program } from './streamjob.ts';
import { Workplace } from './streamjob.ts';

/** The oldest one: the others run the newest. */
const version = KAFKA_VERSIONS[0];
const reason = whyNoKafka(version);
const EXAMPLE = path.join(import.meta.dirname, '..', '..', 'examples', 'mta-turnstile.yaml');
const GENERATED = ['--seed', '3', '--speed', 'max', '--start', '2024-07-22T04:00:00Z', '--log', 'json'];
const PATIENCE_MILLIS = 120_000;

describeIf(reason === undefined, reason ?? '', 'run --kafka', () => {
  let folder = '';
  let broker: KafkaBroker;
  let place: Workplace;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamjob-run-'));
    broker = await startKafka({ version, dataDir: path.join(folder, 'data') });
    place = await Workplace.make({ 'job.yaml': await readFile(EXAMPLE) });
  }, 120_000);
  afterAll(async () => {
    await broker?.stop();
    await place?.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const onKafka = (...args: string[]): string[] => [
    'run',
    'job.yaml',
    ...GENERATED,
    '--kafka',
    broker.brokers[0]!,
    ...args,
  ];

  /** The rows of all files of a folder, without headers, sorted. */
  async function rowsIn(name: string): Promise<string[]> {
    const files = await readdir(path.join(place.folder, name));
    const texts = await Promise.all(files.map((file) => readFile(path.join(place.folder, name, file))));
    return texts.flatMap((text) => gunzipSync(text).toString().split('\n').slice(1, -1)).sort();
  }

  /** Equal; of thousands of rows the first that differ are enough. */
  function expectSame(rows: readonly string[], expected: readonly string[]): void {
    const differing = rows.filter((row, index) => row !== expected[index]);
    expect({ rows: rows.length, differing: differing.slice(0, 3) }).toEqual({ rows: expected.length, differing: [] });
  }

  /** Resolves once files have come. */
  async function untilFiles(name: string, program: Program): Promise<void> {
    for (;;) {
      const files = await readdir(path.join(place.folder, name)).catch(() => []);
      if (files.length > 0) return;
      if (program.exitCode !== null) throw new Error(`ended with ${program.exitCode} before it wrote a file`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test(
    'gives the rows of a local run, and ends by itself',
    async () => {
      const count = ['--count', '20000'];
      await place.run('run', 'job.yaml', ...GENERATED, ...count, '--sink', 'file:local');
      const { exitCode, stderr } = await place.run(
        ...onKafka(...count, '--sink', 'file:cluster', '--run', 'whole', '--set', 'spec.topic.name=whole'),
      );
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({
        msg: 'done',
        records: 20_000,
        run: 'whole',
      });
      const rows = await rowsIn('cluster');
      expect(rows.length).toBeGreaterThan(1000);
      expectSame(rows, await rowsIn('local'));
    },
    PATIENCE_MILLIS,
  );

  test(
    'stopped in the middle it goes on with the same run, and no row comes twice',
    async () => {
      const args = onKafka(
        '--count',
        '60000',
        '--rate',
        '6000/s',
        '--sink',
        'file:parts',
        '--run',
        'parts',
        '--set',
        'spec.topic.name=parts',
      );
      const paced = args.filter((arg, i) => arg !== '--speed' && args[i - 1] !== '--speed');
      const first = place.start(paced);
      const said = place.outcome(first);
      await untilFiles('parts', first);
      first.kill('SIGINT');
      const stopped = await said;
      expect(stopped.exitCode).toBe(0);
      expect(stopped.stderr).toContain('go on with --run parts');
      const { exitCode, stderr } = await place.run(...paced);
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });
      const uncut = paced.map((arg) => (arg === 'file:parts' ? 'file:uncut' : arg));
      const at = uncut.indexOf('--kafka');
      await place.run(
        ...uncut.slice(0, at),
        ...uncut.slice(at + 2).filter((arg) => arg !== '--run' && arg !== 'parts'),
      );
      expectSame(await rowsIn('parts'), await rowsIn('uncut'));
    },
    PATIENCE_MILLIS,
  );

  test.each([
    { what: 'a run that is no name', args: ['--run', 'Nicht!'], says: '--run must be 1 to 16' },
    { what: 'brokers that are none', args: ['--kafka', 'nowhere'], says: '--kafka must be up to 16 brokers' },
  ])('$what is a wrong command line', async ({ args, says }) => {
    const { exitCode, stderr } = await place.run(...onKafka(...args));
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(says) });
  });

  test('--run without a cluster is a wrong command line', async () => {
    const { exitCode, stderr } = await place.run('run', 'job.yaml', '--run', 'r1');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('give its brokers with --kafka'),
    });
  });
});
