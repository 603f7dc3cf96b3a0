/**
 * What a finite input gives depends on nothing but the manifest and the input: two runs write the same bytes, and
 * neither the number of partitions nor a shuffle shows in the rows.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { PlannedJob } from '../../job-runtime/cli/judgement.ts';
import { Scratch } from '../../job-runtime/sources/sources.test-kit.ts';
import { exampleText, filesIn, NOW, planned, printedLines, run } from './local-job.ts';

interface Case {
  readonly name: string;
  readonly example: string;
  readonly flags: readonly string[];
  readonly stages: number;
}

const START = ['--seed', '11', '--start', '2024-07-22T00:00:00Z'];
const window = (text: string): string[] => ['--set', `spec.window={${text}, watermark: {delay: 1m}}`];

const CASES: readonly Case[] = [
  {
    name: 'a job whose key ensures its groups',
    example: 'web-sessions',
    flags: [
      ...START,
      ...['--count', '3000', '--rate', '5/s'],
      ...window('type: tumbling, size: 2m, groupBy: [user], aggregate: {n: {count: "*"}, exit: {last: page}}'),
    ],
    stages: 1,
  },
  {
    name: 'a shuffled job',
    example: 'page-views',
    flags: [...START, '--count', '6000', '--rate', '25/s'],
    stages: 2,
  },
  {
    name: 'a shuffled job that drops duplicates',
    example: 'mta-turnstile',
    flags: [...START, '--count', '720', '--set', 'spec.steps[0].deduplicate.by=[STATION, CA, ENTRIES]'],
    stages: 2,
  },
  {
    name: 'changes of keyed registers',
    example: 'riders',
    flags: ['--input', path.join(import.meta.dirname, 'fixtures', 'registers.csv')],
    stages: 2,
  },
  {
    name: 'changes of readings that are shuffled first',
    example: 'hot-items',
    flags: [
      ...START,
      ...['--count', '3000', '--rate', '100/s'],
      ...['--set', 'spec.steps=[{name: change, delta: {by: [auction], fields: {CHANGE: price}}}]'],
      ...window('type: tumbling, size: 5s, groupBy: [auction], aggregate: {change: {sum: CHANGE}, n: {count: "*"}}'),
    ],
    stages: 2,
  },
  {
    name: 'sessions of keyed records',
    example: 'web-sessions',
    flags: [...START, '--count', '4000', '--rate', '1/s'],
    stages: 1,
  },
  {
    name: 'sessions of shuffled records',
    example: 'web-sessions',
    flags: [...START, '--count', '4000', '--rate', '1/s', '--set', 'spec.producer.key='],
    stages: 2,
  },
];

const jobOf = ({ example, flags }: Case, ...more: readonly string[]): PlannedJob =>
  planned(parse(exampleText(example)), [...flags, ...more]);

const scratch = new Scratch();
beforeAll(() => scratch.make());
afterAll(() => scratch.remove());

describe.each(CASES)('$name', (job) => {
  test('two runs at different times write byte-identical files', async () => {
    const folders = ['first', 'second'].map((name) => scratch.path(`${job.name} ${name}`));
    let clock = NOW;
    for (const folder of folders) await run(jobOf(job, '--sink', `file:${folder}`), () => (clock += 12_345));
    const [first, second] = folders.map(filesIn);
    expect(first!.size).toBeGreaterThan(0);
    expect([...second!.keys()]).toEqual([...first!.keys()]);
    for (const [name, bytes] of first!) expect({ name, same: second!.get(name)!.equals(bytes) }).toEqual({ name, same: true });
  });

  test('1, 2, 4 and 7 partitions give the same rows, and so does a shuffle that is not needed', async () => {
    const rowsWith = async (...flags: string[]): Promise<string[]> =>
      (await printedLines(jobOf(job, '--sink', 'console', '--set', 'spec.sink.console.format=json', ...flags))).sort();
    expect(jobOf(job).plan.stages).toHaveLength(job.stages);
    const rows = await rowsWith('--partitions', '1');
    expect(rows.length).toBeGreaterThan(8);
    for (const partitions of ['2', '4', '7']) expect(await rowsWith('--partitions', partitions)).toEqual(rows);
    const always = ['--set', 'spec.window.shuffle=always'];
    for (const partitions of ['1', '4']) expect(await rowsWith('--partitions', partitions, ...always)).toEqual(rows);
  });
});
