/** Every manifest in examples/: that it is sound, runs, and is run as it says. What it computes is tested beside this. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseCommandLine } from '../../job-runtime/cli/arguments.ts';
import { planText } from '../../job-runtime/cli/plan-text.ts';
import { Scratch } from '../../job-runtime/sources/sources.test-kit.ts';
import { EXAMPLES, example, exampleText, run } from './local-job.ts';

const names = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

/** What stands for the real files. */
const FIXTURES: Readonly<Record<string, string>> = {
  '240106.csv.gz': 'registers.csv',
  'rides.csv': 'rides.csv',
  'turnstile_230603.csv.gz': 'turnstiles.csv',
};

/** The command in the header comment, without `npx streamjob`. */
function tryIt(name: string): string {
  const [, command] = /^# Try it: npx streamjob (.+)$/m.exec(exampleText(name)) ?? [];
  if (command === undefined) throw new Error(`${name}.yaml has no line "# Try it: npx streamjob …"`);
  return command;
}

/** The flags of the command, with a small file or a small count, and files of its own. */
function smallFlags(name: string, folder: string): string[] {
  const [, , ...flags] = tryIt(name).split(' ');
  const small = flags.map((word) => {
    const fixture = FIXTURES[word];
    if (fixture !== undefined) return path.join(import.meta.dirname, 'fixtures', fixture);
    return word === 'file:out' ? `file:${folder}` : word;
  });
  return small.includes('--count') ? [...small, '--count', '2000'] : small;
}

const scratch = new Scratch();
beforeAll(() => scratch.make());
afterAll(() => scratch.remove());

describe.each(names)('%s', (name) => {
  test('is called like its file, and says in its first line what it does', () => {
    expect(example(name).job.metadata.name).toBe(name);
    expect(exampleText(name)).toMatch(/^# [A-Z][^\n]{10,}[.]\n/);
  });

  test('has a plan', () => {
    const { job, plan } = example(name);
    expect(planText(job, plan)).toContain(`Plan of ${name}`);
  });

  test('the command that it names is a valid one, and its flags suit the manifest', () => {
    const words = tryIt(name).split(' ');
    expect(parseCommandLine(words)).toMatchObject({
      kind: 'command',
      verb: 'run',
      files: [`examples/${name}.yaml`],
    });
    const [, , ...flags] = words;
    const { job } = example(name, ...flags);
    // A person who tries it waits for no rate.
    expect(job.spec.producer?.rate === undefined || flags.join(' ').includes('--speed max')).toBe(true);
  });

  test('runs to its end, and gives results', async () => {
    const { summary } = await run(example(name, ...smallFlags(name, scratch.path(name))));
    expect(summary.records).toBeGreaterThan(0);
    expect(summary.rows).toBeGreaterThan(0);
    expect(summary).toMatchObject({ stopped: false, keyMismatches: 0 });
  });

  test('stands in the table of the README, with its command', () => {
    const row = readFileSync(path.join(EXAMPLES, 'README.md'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`| [${name}](${name}.yaml)`));
    expect(row).toContain(`\`npx streamjob ${tryIt(name)}\``);
  });
});
