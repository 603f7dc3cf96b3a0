import { Readable, Writable } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  INPUT,
  LETTERS,
  NOW,
  addLetters,
  changed,
  letter,
  logWithLetters,
  valuesOf,
} from '../../dead-letters/letters.test-kit.ts';
import type { EmbeddedLog } from '../../log/embedded/embedded-log.ts';
import { execute } from '../execute.ts';
import type { Screen, World } from '../world.ts';

const MANIFEST = `apiVersion: streamjob.dev/v1alpha1
kind: StreamJob
metadata: {name: rides, namespace: taxi}
spec:
  kafka: {brokers: [b:1]}
  topic: {name: ${INPUT}}
  schema: {format: json, fields: [{name: a, type: string}]}
  sink: {console: {}}
`;

interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

let log: EmbeddedLog;
let opened: string[];
beforeEach(async () => {
  log = await logWithLetters();
  opened = [];
});

async function run(...args: string[]): Promise<Said> {
  const texts = { stdout: '', stderr: '' };
  const screen = (name: 'stdout' | 'stderr'): Screen => ({
    stream: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        texts[name] += chunk.toString();
        done();
      },
    }),
    isTerminal: false,
    colours: false,
    width: () => 80,
  });
  const world: World = {
    stdin: Readable.from([Buffer.from(MANIFEST)]),
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    version: '0',
    now: () => NOW,
    elapsed: () => 0,
    stopSignal: () => new AbortController().signal,
    isReaderGone: () => false,
    createKafkaRun: async () => {
      throw new Error('no run is wanted here');
    },
    createRun: () => {
      throw new Error('no run');
    },
    openLog: async (kafka) => {
      opened.push(...kafka.brokers);
      // Closing would empty it.
      return changed(log, { close: async () => undefined });
    },
  };
  return { exitCode: await execute(args, world), ...texts };
}

describe('streamjob redrive', () => {
  beforeEach(() => addLetters(log, [letter('a'), letter('b', { reason: 'Late', partition: 0 }), null]));

  test('puts back and says what it did', async () => {
    expect(await run('redrive', '--topic', LETTERS, '--kafka', 'c:2')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '2 dead letters put back\n1 record left: no dead letter of a StreamJob\n',
    });
    expect(opened).toEqual(['c:2']);
    expect(await valuesOf(log, INPUT, 1)).toEqual(['a']);
  });

  test('says which had to move', async () => {
    await addLetters(log, [letter('c', { partition: 7 })], { partition: 1 });
    expect((await run('redrive', '--topic', LETTERS, '--kafka', 'c:2')).stderr).toContain(
      '1 of them by key: the partition that they came from is no longer there\n',
    );
  });

  test('--dry-run counts, of one error or of all', async () => {
    const dry = ['redrive', '--topic', LETTERS, '--kafka', 'c:2', '--dry-run'];
    expect(await run(...dry)).toEqual({
      exitCode: 0,
      stdout: `error     from     records
BadValue  input/1        1
Late      input/0        1
2 dead letters to put back
1 record left: no dead letter of a StreamJob
`,
      stderr: '',
    });
    expect((await run(...dry, '--error', 'Late')).stdout).toContain(
      `\nLate   input/0        1\n1 dead letter with Late`,
    );
    expect(await valuesOf(log, INPUT, 1)).toEqual([]);
  });

  test('takes names from the manifest, and the namespace from the flag', async () => {
    const missing = (topic: string): Said => ({
      exitCode: 1,
      stdout: '',
      stderr: `streamjob: there are no dead letters: topic "${topic}" does not exist; are namespace and run right?\n`,
    });
    expect(await run('redrive', '-', '--run', 'r1')).toEqual(missing('sj.taxi.rides.r1.dead-letters'));
    expect(await run('redrive', '-', '--run', 'r1', '--namespace', 'ns')).toEqual(
      missing('sj.ns.rides.r1.dead-letters'),
    );
    expect(opened).toEqual(['b:1', 'b:1']);
  });

  test.each([
    [[], 'which dead letters? give FILE --run RUN (status.run of the StreamJob), or --topic DEAD_LETTER_TOPIC'],
    [
      ['-', '--run', 'r', '--topic', 't'],
      'which dead letters? give FILE --run RUN (status.run of the StreamJob), or --topic DEAD_LETTER_TOPIC, not both',
    ],
    [['--run', 'r'], '--run needs the manifest of the job: FILE'],
    [['--topic', 't', '--namespace', 'n'], '--namespace goes with --run, not with --topic'],
    [
      ['--topic', 't', '--error', 'Late'],
      '--error is for --dry-run only: redrive keeps one position for all errors, and would skip the others',
    ],
    [['-', '--run', 'Run!'], 'not the run of a job: "Run!"'],
    [['--topic', 't'], 'where is Kafka? give its brokers: --kafka HOST:PORT,…'],
  ])('refuses %j', async (args, complaint) => {
    expect(await run('redrive', ...args)).toEqual({ exitCode: 2, stdout: '', stderr: `streamjob: ${complaint}\n` });
    expect(opened).toEqual([]);
  });
});

describe('streamjob tail', () => {
  test('prints the records of a manifest’s topic; its flags do not change the manifest', async () => {
    await addLetters(log, [letter('a'), letter('b')]);
    await run('redrive', '--topic', LETTERS, '--kafka', 'c:2');
    const flags = ['--from', 'earliest', '--until-end', '--format', 'json', '--count', '1', '--partition', '1'];
    const { exitCode, stdout, stderr } = await run('tail', '-', ...flags);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      partition: 1,
      offset: 0,
      timestamp: new Date(NOW).toISOString(),
      key: 'k',
      value: 'a',
      headers: [],
    });
  });

  test.each([
    [['t', '--kafka', 'c:2'], 1, 'topic "t" does not exist'],
    [['t'], 2, 'where is Kafka? give its brokers: --kafka HOST:PORT,…'],
    [['t', '--kafka', 'c:2', '--count', 'x'], 2, '--count must be at least 1; got x'],
    [['./job.txt'], 2, 'cannot read ./job.txt: there is no such file'],
  ])('refuses %j', async (args, exitCode, complaint) => {
    expect(await run('tail', ...args)).toEqual({ exitCode, stdout: '', stderr: `streamjob: ${complaint}\n` });
  });
});
