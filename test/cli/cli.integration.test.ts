/** The program from outside: what it says where, and how it ends. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Workplace } from './streamjob.ts';
import type { Program } from './streamjob.ts';

const JOB = `apiVersion: streamjob.dev/v1alpha1
kind: StreamJob
metadata: {name: visits}
spec:
  topic: {name: visits, partitions: 2}
  schema:
    format: csv
    csv: {header: true}
    fields:
      - {name: user, type: string}
      - {name: amount, type: long}
      - {name: at, type: timestamp}
    eventTime: at
  producer: {source: {file: {path: visits.csv}}, key: [user]}
  steps:
    - {name: paid, filter: amount > 0}
  window: {type: tumbling, size: 1m, groupBy: [user], aggregate: {n: {count: "*"}, amount: {sum: amount}}}
  sink: {console: {format: csv, columns: [window.start, user, n, amount]}}
`;
const VISITS = `user,amount,at
a,1,2024-01-01T00:00:00Z
b,2,2024-01-01T00:00:30Z
a,3,2024-01-01T00:00:59Z
a,x,2024-01-01T00:00:59Z
b,-4,2024-01-01T00:01:00Z
a,5,2024-01-01T00:01:00Z
`;
const BROKEN = JOB.replace('size: 1m', 'size: 1 minute')
  .replace('partitions: 2', 'partition: 2')
  .replace('amount > 0', 'amuont > 0');
const PAGES = JOB.replace(
  / {2}schema:[^]*? {2}steps:[^]*? {2}window:.*\n/,
  `  schema:
    format: json
    fields:
      - {name: user, type: string}
      - {name: page, type: string}
      - {name: time, type: timestamp}
    eventTime: time
  producer: {source: {web: {}}, key: [user]}
  window: {type: tumbling, size: 1m, groupBy: [page], aggregate: {views: {count: "*"}}}
`,
).replace(/sink:.*/, 'sink: {console: {}}');

const LONG = `user,amount,at\n${Array.from({ length: 20_000 }, (_, i) => `u${i},1,2024-01-01T00:00:00Z`).join('\n')}\n`;

let place: Workplace;
beforeAll(async () => {
  const packed = gzipSync(LONG);
  place = await Workplace.make({
    'job.yaml': JOB,
    'visits.csv': VISITS,
    'broken.yaml': BROKEN,
    'syntax.yaml': 'kind: StreamJob\nspec: a: b\n',
    'pages.yaml': PAGES,
    'long.csv': LONG,
    'truncated.csv.gz': packed.subarray(0, packed.length / 2),
  });
});
afterAll(() => place.remove());

const lines = (stderr: string): Record<string, unknown>[] =>
  stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('wrong input ends with 2', () => {
  test('a manifest with several problems: all at once, with their lines', async () => {
    const expected = `broken.yaml:5: spec.topic.partition: unknown field; did you mean "partitions"?
broken.yaml:16: spec.steps[0].filter: column 1: there is no field amuont; did you mean amount?
broken.yaml:17: spec.window.size: must be a duration such as 30s, 5m or 1h30m (units ms, s, m, h); got "1 minute"
`;
    for (const verb of ['run', 'plan', 'validate']) {
      expect(await place.run(verb, 'broken.yaml')).toEqual({ exitCode: 2, stdout: '', stderr: expected });
    }
  });

  test.each([
    [
      ['validate', 'syntax.yaml'],
      'streamjob: syntax.yaml:2:7: not valid YAML: Nested mappings are not allowed in compact mappings\n',
    ],
    [['run', 'nowhere.yaml'], 'streamjob: cannot read nowhere.yaml: there is no such file\n'],
    [['run', '.'], 'streamjob: cannot read .: it is a directory\n'],
    [
      ['run', 'job.yaml', '--partition', '3'],
      'streamjob: unknown flag --partition; did you mean --partitions?\nRun "streamjob run --help" for help.\n',
    ],
    [[], 'streamjob: give a verb: run, validate, plan, tail or redrive\nRun "streamjob --help" for help.\n'],
    [['pln', 'job.yaml'], 'streamjob: unknown verb "pln"; did you mean "plan"?\nRun "streamjob --help" for help.\n'],
    [
      ['run', 'job.yaml', '--count', '5', '--partitions', '0'],
      '--count 5: is for generators, and the records come from a file\n--partitions 0: spec.topic.partitions: must be at least 1; got 0\n',
    ],
    [['run', 'job.yaml', '--log', 'loud'], 'streamjob: --log must be text or json; got loud\n'],
  ])('%j', async (args, stderr) => {
    expect(await place.run(...args)).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});

describe('validate and plan', () => {
  test('validate names sound files on stdout and takes standard input', async () => {
    expect(await place.run('validate', 'job.yaml', 'pages.yaml')).toEqual({
      exitCode: 0,
      stdout: 'job.yaml: OK\npages.yaml: OK\n',
      stderr: '',
    });
    expect(await place.shell('streamjob validate - < job.yaml')).toEqual({
      exitCode: 0,
      stdout: 'standard input: OK\n',
      stderr: '',
    });
  });

  test('plan sees what the flags say', async () => {
    const { exitCode, stdout } = await place.run(
      'plan',
      'job.yaml',
      '--partitions',
      '5',
      '--set',
      'spec.window.shuffle=always',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Stage 1 of 2: 5 tasks');
  });

  test('a reader that has seen enough is no failure', async () => {
    expect(await place.shell('streamjob plan job.yaml | head -n 1')).toEqual({
      exitCode: 0,
      stdout: 'Plan of visits\n',
      stderr: '',
    });
  });

  test('a full disk behind stdout is one', async () => {
    expect(await place.shell('streamjob plan job.yaml > /dev/full')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'streamjob: cannot write to standard output: the disk is full; make room or use another folder (ENOSPC)\n',
    });
  });
});

describe('run', () => {
  const ROWS = `window.start,user,n,amount
2024-01-01 00:00:00,a,2,4
2024-01-01 00:00:00,b,1,2
2024-01-01 00:01:00,a,1,5
`;
  const sorted = (csv: string): string[] => csv.split('\n').toSorted();

  test('a finite input: rows on stdout, lines of JSON on stderr', async () => {
    const { exitCode, stdout, stderr } = await place.run('run', 'job.yaml');
    expect(exitCode).toBe(0);
    expect(sorted(stdout)).toEqual(sorted(ROWS));
    expect(lines(stderr)).toMatchObject([
      { level: 'info', job: 'visits', msg: 'started', topic: 'visits', partitions: 2, sink: 'console' },
      { level: 'info', msg: 'done', records: 6, filtered: 1, duplicates: 0, late: 0, bad: { BadValue: 1 }, rows: 3 },
    ]);
  });

  test('--log text gives the table instead, and no colours off a terminal', async () => {
    const { stderr } = await place.run('run', 'job.yaml', '--log', 'text', '--sink', 'file:out');
    expect(stderr.replace(/seconds .*/, 'seconds').replace(/\(\d+ bytes\)/, '(bytes)')).toBe(`visits: done
  records in       6
  filtered out     1
  duplicates       0
  late             0
  bad              1  1 BadValue
  rows out         3
  seconds
  results       2 files in out (bytes)
  dead letters  1 record in out/visits_dead-letters.jsonl
`);
  });

  test('--input feeds another file, --set another window', async () => {
    const { stdout } = await place.run(
      'run',
      'job.yaml',
      '--input',
      'long.csv',
      '--set',
      'spec.window.groupBy=[]',
      '--set',
      'spec.sink.console.columns=[n]',
    );
    expect(stdout).toBe('n\n20000\n');
  });

  test.each([
    ['a missing input', ['--input', 'nowhere.csv'], 'streamjob: cannot read nowhere.csv: there is no such file'],
    ['a directory as input', ['--input', '.'], 'streamjob: cannot read .: it is a directory'],
    [
      'an output below a file',
      ['--sink', 'file:job.yaml/out'],
      'streamjob: cannot write to folder job.yaml/out: a part of the path is a file; use the path of a folder (ENOTDIR)',
    ],
    [
      'onError: fail',
      ['--set', 'spec.onError=fail'],
      expect.stringMatching(/^streamjob: record visits\/\d@\d is bad: BadValue: field amount/),
    ],
  ])('%s ends with 1 and one line', async (_, args, expected) => {
    const { exitCode, stderr } = await place.run('run', 'job.yaml', '--log', 'text', ...args);
    expect(exitCode).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([expected]);
  });

  test('a truncated gzip ends with 1', async () => {
    const args = ['--input', 'truncated.csv.gz', '--sink', 'file:cut', '--log', 'text'];
    expect(await place.run('run', 'job.yaml', ...args)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'streamjob: truncated.csv.gz is truncated: the gzip data end in the middle; the complete records before that were read\n',
    });
  });

  test('results for a full disk end with 1', async () => {
    const { exitCode, stderr } = await place.shell('streamjob run job.yaml --log text > /dev/full');
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'streamjob: cannot print results: the disk is full; make room or use another folder (ENOSPC)\n',
    );
  });

  test('a sink that no local run has is wrong input', async () => {
    const { exitCode, stderr } = await place.run('run', 'job.yaml', '--set', 'spec.sink={gcs: {bucket: lake}}');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^streamjob: [^\n]*gcs[^\n]*--sink file:DIR[^\n]*\n$/);
  });

  test('| head ends an endless run quietly', async () => {
    const said = await place.shell('streamjob run pages.yaml --start 2024-01-01T00:00:00Z --log text | head -n 2');
    expect(said).toMatchObject({ exitCode: 0, stderr: '' });
    expect(said.stdout.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('an endless run', () => {
  const ARGS = ['run', 'pages.yaml', '--rate', '200/s', '--log', 'text'];

  /** Resolves when the program has got as far as to have the folder of its results. */
  async function untilRunning(program: Program, folder: string): Promise<void> {
    while (program.exitCode === null && !(await readdir(place.folder)).includes(folder)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('closes its windows on %s and says so', async (signal) => {
    const program = place.start([...ARGS, '--sink', `file:${signal}`]);
    const outcome = place.outcome(program);
    await untilRunning(program, signal);
    await new Promise((resolve) => setTimeout(resolve, 500));
    program.kill(signal);
    const { exitCode, stderr } = await outcome;
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^stopping: .*\nvisits: stopped\n/);
    expect(stderr).toContain('warning: stopped before the end of the input: the windows that were open');
    const files = await readdir(path.join(place.folder, signal));
    expect(files.filter((name) => name.includes('_partial'))).not.toHaveLength(0);
  });

  test('ends at once with 130 on a second Ctrl-C, even while nobody reads its results', async () => {
    const program = place.start(['run', 'pages.yaml', '--start', '2024-01-01T00:00:00Z', '--log', 'text']);
    const ended = new Promise((resolve) => program.on('exit', resolve));
    // By the first result the program listens to signals; what comes after it fills the pipe.
    await new Promise((resolve) => program.stdout.once('readable', resolve));
    program.kill('SIGINT');
    await new Promise((resolve) => program.stderr.once('readable', resolve));
    program.kill('SIGINT');
    expect(await ended).toBe(130);
  });
});
