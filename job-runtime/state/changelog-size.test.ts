/** How long the changelog gets and what is written again, by exact counts, for estimates that are right and wrong. */
import { describe, expect, test } from '@jest/globals';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { Changelog } from './changelog.ts';
import { AT, commit, ModelTask, restored } from './model-task.test-kit.ts';
import { costOf } from './chunk-list.ts';
import { FIRST_CREDIT, PACE } from './rewrite-budget.ts';

const GROUPS = 4000;
const PER_COMMIT = 400;
const COMMITS = 100;
const SLACK = 32 * 1024;
const ENTRIES_PER_CHUNK = 200;
const VALUE = 'v'.repeat(80);

/** Which groups the n-th commit changes: sets some, removes some. */
type Workload = (task: ModelTask, commit: number) => void;

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
const name = (group: number): string => `group-${String(group).padStart(7, '0')}`;
const setAll = (task: ModelTask, groups: readonly number[]): void =>
  groups.forEach((group) => task.set(name(group), VALUE));

const WORKLOADS: Readonly<Record<string, Workload>> = {
  'changes spread over all groups': (task, n) =>
    setAll(
      task,
      range(0, PER_COMMIT).map((i) => (i * 7919 + n * 104_729) % GROUPS),
    ),
  'only a fifth of the groups change': (task, n) =>
    setAll(
      task,
      range(0, PER_COMMIT).map((i) => (i + n * PER_COMMIT) % (GROUPS / 5)),
    ),
  'each commit closes groups and opens as many': (task, n) => {
    for (const group of range((n - 1) * PER_COMMIT, PER_COMMIT)) task.remove(name(group));
    setAll(task, range(GROUPS + (n - 1) * PER_COMMIT, PER_COMMIT));
  },
  'hardly anything changes': (task, n) => setAll(task, [n % 10]),
  'all is closed, and opened again bit by bit': (task, n) => {
    if (n % 20 === 0) for (const group of range(0, GROUPS)) task.remove(name(group));
    else setAll(task, range(((n % 20) - 1) * 200, 200));
  },
};

interface Measured {
  deltas: number;
  copied: number;
  /** Most that one commit copied. */
  mostCopied: number;
  /** Most by which the log was longer than twice the live state. */
  excess: number;
  /** Most that two commits in a row wrote. */
  commits: number;
  peak: number;
  live: number;
}

const known = new Map<string, Promise<Measured>>();

/** Runs a workload, once for all tests that ask for it. */
function measure(workload: string, estimate = 1): Promise<Measured> {
  const name = `${workload} ${estimate}`;
  const measured = known.get(name) ?? run(WORKLOADS[workload]!, estimate);
  known.set(name, measured);
  return measured;
}

async function run(workload: Workload, estimate: number): Promise<Measured> {
  const log = new EmbeddedLog();
  await log.createTopic(AT.topic, { partitions: 1 });
  const writer = log.writer('task');
  const task = new ModelTask(ENTRIES_PER_CHUNK);
  const changelog = new Changelog(log, AT, { slackBytes: SLACK, purgeBytes: SLACK });
  const seen: Measured = { deltas: 0, copied: 0, mostCopied: 0, excess: 0, commits: 0, peak: 0, live: 0 };
  let last = 0;
  setAll(task, range(0, GROUPS));
  for (let n = 0; n <= COMMITS; n++) {
    if (n > 0) workload(task, n);
    const live = task.liveBytes();
    const first = changelog.nextChunk;
    const bytes = await commit(task, changelog, writer, live * estimate);
    const written = bytes + (changelog.nextChunk - first) * costOf(0);
    expectNoFailure(await changelog.purge());
    seen.copied += task.copied;
    seen.mostCopied = Math.max(seen.mostCopied, task.copied);
    seen.deltas += written - task.copied;
    seen.commits = Math.max(seen.commits, n > 0 ? written + last : 0);
    last = n > 0 ? written : 0;
    seen.live = Math.max(seen.live, live);
    seen.peak = Math.max(seen.peak, changelog.neededBytes);
    seen.excess = Math.max(seen.excess, changelog.neededBytes - 2 * live);
  }
  const again = await restored(new ModelTask(), new Changelog(log, AT));
  if (again.text() !== task.text()) throw new Error('the restored task is another');
  return seen;
}

function expectNoFailure(line: string | undefined): void {
  if (line !== undefined) throw new Error(line);
}

describe('Changelog: size, with an estimate that is right', () => {
  const steady = Object.keys(WORKLOADS).filter((name) => !name.startsWith('all is closed'));

  test.each(steady)('%s: the log stays near twice the live state', async (workload) => {
    const { excess, commits, live, peak } = await measure(workload);
    // Two commits, since only every second one empties; a quarter of the state, where the head is all alive.
    expect(excess).toBeLessThanOrEqual(SLACK + commits + live / 4);
    expect(peak).toBeLessThan(3 * live);
  });

  test.each(Object.keys(WORKLOADS))('%s: less is written again than changes', async (workload) => {
    const { deltas, copied, live } = await measure(workload);
    expect(copied).toBeLessThanOrEqual(deltas + live);
  });

  test('what closes in time is never written again', async () => {
    const { copied, mostCopied } = await measure('each commit closes groups and opens as many');
    expect(copied).toBe(0);
    expect(mostCopied).toBe(0);
  });

  test('a state that is gone leaves a short log behind', async () => {
    const log = new EmbeddedLog();
    await log.createTopic(AT.topic, { partitions: 1 });
    const writer = log.writer('task');
    const task = new ModelTask(ENTRIES_PER_CHUNK);
    const changelog = new Changelog(log, AT, { slackBytes: SLACK, purgeBytes: SLACK });
    setAll(task, range(0, GROUPS));
    await commit(task, changelog, writer);
    for (const group of range(0, GROUPS)) task.remove(name(group));
    await commit(task, changelog, writer);
    await commit(task, changelog, writer);
    await commit(task, changelog, writer);
    await changelog.purge();
    expect(changelog.logBytes).toBeLessThan(SLACK);
  });
});

describe('Changelog: size, with an estimate that is wrong', () => {
  test.each([0, 0.1, 0.5, 0.9, 1.5, 10])('%d of what is alive: rewriting is paid for by changes', async (estimate) => {
    for (const workload of ['only a fifth of the groups change', 'hardly anything changes']) {
      const { deltas, copied } = await measure(workload, estimate);
      // A chunk more than the credit may be emptied at once.
      expect(copied).toBeLessThanOrEqual(PACE * deltas + FIRST_CREDIT + ENTRIES_PER_CHUNK * 120);
    }
  });

  test('one that is too high only makes the log as long as it says', async () => {
    const { excess, commits, live } = await measure('changes spread over all groups', 2);
    expect(excess).toBeLessThanOrEqual(2 * live + SLACK + commits);
  });
});
