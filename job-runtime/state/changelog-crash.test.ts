/**
 * The changelog under crashes: after each of them a new task restores, and must be what was committed. A crash comes
 * before, inside or after a transaction; deletions are lost, late, or arrive in the middle of a restore of the next
 * life; and the log's start goes back, as that of a broker does that was killed.
 */
import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { propertySeed } from '../../test/harness/property-seed.ts';
import { StreamJobError } from '../errors.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import type { Log, TopicPartition } from '../log/log.ts';
import { Changelog } from './changelog.ts';
import { AT, ModelTask, restored, take, wrapped } from './model-task.test-kit.ts';

const RUNS = 300;
const KEYS = 60;

/** A log whose start is ours: deletions only hide, may wait, and may be undone. */
class LooseLog {
  readonly inner = new EmbeddedLog();
  readonly log: Log;
  start = 0;
  end = 0;
  /** Deletions that were asked for and have not arrived. */
  late: number[] = [];
  /** Where the newest commit begins: a deletion past it would take the position. */
  newest = 0;
  restarts = 0;
  private fate: 'works' | 'fails' | 'late' = 'works';
  /** At this many more fetches the late deletions arrive. */
  private arriveIn = Infinity;

  constructor() {
    this.log = wrapped(this.inner, {
      offsets: async (at: TopicPartition) => ({ start: this.start, end: (await this.inner.offsets(at)).end }),
      fetch: async (at: TopicPartition, offset: number) => {
        if (--this.arriveIn === 0) this.arrive();
        if (offset < this.start) this.outOfRange();
        return this.inner.fetch(at, offset, 1);
      },
      deleteRecords: async (_: TopicPartition, before: number) => this.delete(before),
    });
  }

  deletions(fate: 'works' | 'fails' | 'late'): void {
    this.fate = fate;
  }

  arriveAfter(fetches: number): void {
    this.arriveIn = fetches;
  }

  arrive(): void {
    this.start = Math.max(this.start, ...this.late);
    this.late = [];
  }

  private delete(before: number): void {
    if (before > this.newest)
      throw new Error(`deletes up to ${before}, and the newest commit begins at ${this.newest}`);
    if (this.fate === 'fails') throw new StreamJobError('LogUnavailable', 'no broker');
    if (this.fate === 'late') this.late.push(before);
    else this.start = Math.max(this.start, before);
  }

  private outOfRange(): never {
    this.restarts++;
    throw new StreamJobError('OffsetOutOfRange', 'before the start');
  }
}

type Outcome = 'commits' | 'aborts' | 'crashes before' | 'crashes after';

interface Step {
  readonly changes: readonly { readonly key: number; readonly kind: number }[];
  readonly outcome: Outcome;
  readonly deletion: 'works' | 'fails' | 'late';
  /** At a crash: how far the start goes back, of 1; and when what is late arrives, in fetches of the restore. */
  readonly back: number;
  /** Whether the next life knows where the state begins. */
  readonly isTold: boolean;
  readonly arriveAfter: number;
  /** What the estimate of the live state is worth. */
  readonly estimate: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  changes: fc.array(fc.record({ key: fc.nat(KEYS - 1), kind: fc.nat(9) }), { maxLength: 12 }),
  outcome: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Outcome>('commits') },
    { weight: 3, arbitrary: fc.constantFrom<Outcome>('aborts', 'crashes before', 'crashes after') },
  ),
  deletion: fc.constantFrom('works', 'works', 'fails', 'late'),
  back: fc.constantFrom(0, 0, 0.2, 0.7, 1),
  isTold: fc.boolean(),
  arriveAfter: fc.integer({ min: 1, max: 40 }),
  estimate: fc.constantFrom(0, 0.5, 1, 1, 1, 3),
});

const steps = fc.array(step, { minLength: 20, maxLength: 80 });

/** A process that works, dies and is followed by the next. */
class Lives {
  readonly loose = new LooseLog();
  restores = 0;
  deletions = 0;
  private readonly options = { slackBytes: 2000, purgeBytes: 3000 };
  private task = new ModelTask();
  private changelog = new Changelog(this.loose.log, AT, this.options);
  private committedText = this.task.text();
  private value = 0;
  /** As the last commit would have told a group. */
  private neededFrom: number | undefined;

  async run(all: readonly Step[]): Promise<void> {
    await this.loose.inner.createTopic(AT.topic, { partitions: 1 });
    for (const each of all) await this.live(each);
    await this.restart({ ...all[0]!, back: 0 });
  }

  private async live(now: Step): Promise<void> {
    for (const change of now.changes) this.change(change);
    const transaction = this.loose.inner.writer('task').begin();
    take(this.task, this.changelog, transaction, this.task.liveBytes() * now.estimate);
    const text = this.task.text();
    const { neededFrom } = this.changelog;
    if (now.outcome === 'aborts') await transaction.abort();
    if (now.outcome === 'aborts' || now.outcome === 'crashes before') return this.restart(now);
    await transaction.commit();
    this.loose.newest = transaction.offsetOf(AT.topic, AT.partition);
    this.committedText = text;
    this.neededFrom = neededFrom;
    if (now.outcome === 'crashes after') return this.restart(now);
    this.changelog.committed(transaction);
    this.loose.deletions(now.deletion);
    const before = this.loose.start + this.loose.late.length;
    await this.changelog.purge();
    if (this.loose.start + this.loose.late.length > before) this.deletions++;
    return undefined;
  }

  private change({ key, kind }: Step['changes'][number]): void {
    const name = `key-${key}`;
    if (kind === 0) this.task.bound += 3;
    else if (kind < 4) this.task.remove(name);
    else this.task.set(name, `value-${this.value++}`, kind < 7 ? this.task.bound + kind : Infinity);
  }

  private async restart({ back, arriveAfter, isTold }: Step): Promise<void> {
    this.loose.start = Math.floor(this.loose.start * (1 - back));
    this.loose.arriveAfter(arriveAfter);
    this.changelog = new Changelog(this.loose.log, AT, this.options);
    this.task = await restored(new ModelTask(), this.changelog, isTold ? this.neededFrom : undefined);
    this.loose.arriveAfter(Infinity);
    this.restores++;
    assert.equal(this.task.text(), this.committedText);
  }
}

describe('Changelog: crashes', () => {
  test('a restore gives what was committed, wherever a crash fell', async () => {
    const totals = { restores: 0, deletions: 0, restarts: 0 };
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const lives = new Lives();
        await lives.run(all);
        totals.restores += lives.restores;
        totals.deletions += lives.deletions;
        totals.restarts += lives.loose.restarts;
      }),
      { numRuns: RUNS, seed: propertySeed() },
    );
    // The cases that matter were there.
    expect(totals.restores).toBeGreaterThan(RUNS);
    expect(totals.deletions).toBeGreaterThan(RUNS / 2);
    expect(totals.restarts).toBeGreaterThan(0);
  }, 60_000);
});
