import { describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../../job-runtime/errors.ts';
import { VirtualTime } from '../../test/simulation/virtual-time.ts';
import type { KafkaFacts, PartitionProgress, ProgressFacts } from '../reconcile/observed.ts';
import { ProgressPoller } from './progress-poller.ts';
import type { PolledJob } from './progress-poller.ts';

const BEGIN = 1_000_000;
const MINUTE = 60_000;

const job = (name: string, broker = 'kafka:9092', run = 'r1'): PolledJob => ({
  target: { namespace: 'n', kafka: { brokers: [broker] } },
  job: { identity: { namespace: 'n', name, run, uid: 'u' }, topic: 'in', stages: 1, growth: 'free' },
});

function progress(patch: Partial<PartitionProgress> = {}): ProgressFacts {
  const partition = { topic: 'in', partition: 0, committed: 5, end: 5, lag: 0, watermark: 1, ...patch };
  return { at: 0, partitions: [partition], deadLetters: 0, isDone: partition.watermark === Infinity };
}

const unreachable = (): never => {
  throw new StreamJobError('LogUnavailable', 'nobody answers');
};

/** A poller on a clock of its own; `answers` stand for Kafka, by the name of the job. */
class Scene {
  readonly time = new VirtualTime(BEGIN);
  readonly asked: { readonly name: string; readonly at: number; readonly before: KafkaFacts }[] = [];
  readonly changed: string[] = [];
  readonly answers = new Map<string, () => Partial<KafkaFacts>>();
  takesMillis = (_polled: PolledJob): number => 5;
  readonly poller = new ProgressPoller({
    now: () => this.time.now,
    after: (millis, then) => this.time.after(millis, then),
    changed: (key) => this.changed.push(key),
    ask: async (polled, before) => {
      const { name } = polled.job.identity;
      this.asked.push({ name, at: this.time.now - BEGIN, before: before.facts });
      await this.time.sleep(this.takesMillis(polled));
      return { facts: { at: this.time.now, ...(this.answers.get(name) ?? (() => ({ progress: progress() })))() } };
    },
  });

  async pass(millis: number): Promise<void> {
    let isOver = false;
    this.time.after(millis, () => (isOver = true));
    await this.time.run(() => isOver, millis);
  }

  countOf(name: string, since = 0): number {
    return this.asked.filter((ask) => ask.name === name && ask.at >= since).length;
  }
}

describe('how often jobs are asked about', () => {
  test('one with lag often, one that stands still seldom', async () => {
    const scene = new Scene();
    scene.answers.set('behind', () => ({ progress: progress({ lag: 3, end: 8 }) }));
    scene.poller.track('n/behind', job('behind'));
    scene.poller.track('n/still', job('still'));
    await scene.pass(10 * MINUTE);
    expect(scene.countOf('behind')).toBeGreaterThanOrEqual(36);
    // At first it is not known whether it stands still.
    expect(scene.countOf('still')).toBeLessThanOrEqual(5);
  });

  test.each([
    { name: 'positions move', move: (n: number) => progress({ committed: n, end: n }) },
    { name: 'the watermark moves', move: (n: number) => progress({ watermark: n }) },
  ])('one whose $name, without any lag, often', async ({ move }) => {
    const scene = new Scene();
    let moved = 0;
    scene.answers.set('a', () => ({ progress: move(moved++) }));
    scene.poller.track('n/a', job('a'));
    await scene.pass(5 * MINUTE);
    expect(scene.countOf('a')).toBeGreaterThanOrEqual(18);
  });

  test('one that is done, seldom, whatever comes behind its end', async () => {
    const scene = new Scene();
    scene.answers.set('a', () => ({ progress: progress({ watermark: Infinity }) }));
    scene.poller.track('n/a', job('a'));
    await scene.pass(4 * MINUTE);
    expect(scene.countOf('a')).toBe(1);
  });

  test('one that has no run yet often while it is young, and seldom when nobody starts it', async () => {
    const scene = new Scene();
    scene.answers.set('a', () => ({ partitions: 1 }));
    scene.poller.track('n/a', job('a'));
    await scene.pass(9 * MINUTE);
    expect(scene.countOf('a')).toBeGreaterThanOrEqual(32);
    await scene.pass(3 * MINUTE);
    const before = scene.asked.length;
    await scene.pass(20 * MINUTE);
    expect(scene.asked.length - before).toBeLessThanOrEqual(5);
  });

  test('pollSoon asks at once', async () => {
    const scene = new Scene();
    scene.poller.track('n/a', job('a'));
    await scene.pass(MINUTE);
    const before = scene.asked.length;
    scene.poller.pollSoon('n/a');
    await scene.pass(100);
    expect(scene.asked).toHaveLength(before + 1);
    scene.poller.pollSoon('n/nobody');
  });
});

describe('news', () => {
  test('the first answer is news, the same again is not, another is', async () => {
    const scene = new Scene();
    let lag = 3;
    scene.answers.set('a', () => ({ progress: progress({ lag, end: 5 + lag }) }));
    scene.poller.track('n/a', job('a'));
    await scene.pass(5 * MINUTE);
    expect(scene.changed).toEqual(['n/a']);
    expect(scene.countOf('a')).toBeGreaterThan(10);
    lag = 4;
    await scene.pass(MINUTE);
    expect(scene.changed).toEqual(['n/a', 'n/a']);
    expect(scene.poller.facts('n/a').progress!.partitions[0]!.lag).toBe(4);
  });

  test('a failure is news once, keeps what was known, and its end is news', async () => {
    const scene = new Scene();
    const well = (): Partial<KafkaFacts> => ({ progress: progress({ lag: 1, end: 6 }), partitions: 1 });
    scene.answers.set('a', well);
    scene.poller.track('n/a', job('a'));
    await scene.pass(MINUTE);
    scene.answers.set('a', unreachable);
    await scene.pass(10 * MINUTE);
    expect(scene.changed).toHaveLength(2);
    expect(scene.poller.facts('n/a')).toMatchObject({
      partitions: 1,
      trouble: { code: 'LogUnavailable', message: 'nobody answers' },
    });
    scene.answers.set('a', well);
    await scene.pass(2 * MINUTE);
    expect(scene.changed).toHaveLength(3);
    expect(scene.poller.facts('n/a').trouble).toBeUndefined();
  });

  test('an error that is none of ours is told in one line too', async () => {
    const scene = new Scene();
    scene.answers.set('a', () => {
      throw new TypeError('x is not a function\n    at somewhere');
    });
    scene.poller.track('n/a', job('a'));
    await scene.pass(100);
    expect(scene.poller.facts('n/a').trouble).toEqual({
      code: 'LogUnavailable',
      message: 'cannot ask Kafka: x is not a function',
    });
  });
});

describe('jobs come, change and go', () => {
  test('the same job again changes nothing; another run forgets what was seen', async () => {
    const scene = new Scene();
    scene.poller.track('n/a', job('a'));
    await scene.pass(MINUTE);
    const before = scene.asked.length;
    scene.poller.track('n/a', job('a'));
    await scene.pass(1000);
    expect(scene.asked).toHaveLength(before);
    scene.poller.track('n/a', job('a', 'kafka:9092', 'r2'));
    expect(scene.poller.facts('n/a')).toEqual({});
    await scene.pass(1000);
    expect(scene.asked).toHaveLength(before + 1);
    expect(scene.asked.at(-1)!.before).toEqual({});
  });

  test('an answer about the run before does not count for the next one', async () => {
    const scene = new Scene();
    scene.takesMillis = ({ job: { identity } }) => (identity.run === 'r1' ? 1000 : 5000);
    scene.poller.track('n/a', job('a'));
    await scene.pass(100);
    scene.poller.track('n/a', job('a', 'kafka:9092', 'r2'));
    await scene.pass(2000);
    expect(scene.poller.facts('n/a')).toEqual({});
    expect(scene.changed).toEqual([]);
    await scene.pass(10_000);
    expect(scene.poller.facts('n/a').progress).toBeDefined();
  });

  test('a job that is gone is forgotten', async () => {
    const scene = new Scene();
    scene.takesMillis = () => 1000;
    scene.poller.track('n/a', job('a'));
    await scene.pass(100);
    scene.poller.forget('n/a');
    await scene.pass(10 * MINUTE);
    expect(scene.poller.facts('n/a')).toEqual({});
    expect(scene.changed).toEqual([]);
    expect(scene.asked).toHaveLength(1);
  });

  test('after close nothing is asked and nobody is told', async () => {
    const scene = new Scene();
    scene.takesMillis = () => 1000;
    scene.poller.track('n/a', job('a'));
    await scene.pass(100);
    scene.poller.close();
    scene.poller.track('n/b', job('b'));
    scene.poller.pollSoon('n/a');
    await scene.pass(10 * MINUTE);
    expect(scene.asked).toHaveLength(1);
    expect(scene.changed).toEqual([]);
  });
});

describe('a cluster that cannot be reached', () => {
  test('is told to all its jobs, also to new ones, without asking for each; the others go on', async () => {
    const scene = new Scene();
    const dead = Array.from({ length: 300 }, (_, i) => `dead${i}`);
    for (const name of [...dead, 'late']) scene.answers.set(name, unreachable);
    scene.takesMillis = ({ target }) => (target.kafka.brokers[0] === 'dead:9092' ? 20_000 : 5);
    scene.answers.set('well', () => ({ progress: progress({ lag: 1 }) }));
    for (const name of dead) scene.poller.track(`n/${name}`, job(name, 'dead:9092'));
    scene.poller.track('n/well', job('well'));
    await scene.pass(5 * MINUTE);
    for (const name of dead) expect(scene.poller.facts(`n/${name}`).trouble?.code).toBe('LogUnavailable');
    expect(scene.changed.filter((key) => key !== 'n/well')).toHaveLength(300);
    expect(scene.asked.length - scene.countOf('well')).toBeLessThan(10);
    expect(scene.countOf('well')).toBeGreaterThanOrEqual(18);
    scene.poller.track('n/late', job('late', 'dead:9092'));
    expect(scene.poller.facts('n/late').trouble?.code).toBe('LogUnavailable');
  });

  test('when it is back, all its jobs are asked about soon', async () => {
    const scene = new Scene();
    const names = Array.from({ length: 50 }, (_, i) => `j${i}`);
    for (const name of names) {
      scene.answers.set(name, unreachable);
      scene.poller.track(`n/${name}`, job(name));
    }
    await scene.pass(5 * MINUTE);
    scene.answers.clear();
    await scene.pass(2 * MINUTE);
    for (const name of names) expect(scene.poller.facts(`n/${name}`).trouble).toBeUndefined();
  });
});
