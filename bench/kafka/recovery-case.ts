/**
 * A consumer with 100,000 open groups is killed: how long until records flow again, and how much of the changelog has
 * to be read for it. Once more after ten times the input on the same groups, which must not make it longer, and once with
 * a second consumer that had half of the work already.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchRecord } from '../data.ts';
import { randomOf } from '../data.ts';
import type { CaseContext } from './case.ts';
import { openGroupsJob } from './jobs.ts';
import { Feed, load } from './load.ts';
import type { Target } from './load.ts';
import { allRead, BenchPod } from './pod.ts';
import { seconds, Table } from './table.ts';

const GROUPS = 100_000;
const RECORDS = 200_000;
const PER_SECOND = 200;
const SESSION_MILLIS = 10_000;
/** The target: this long after the session timeout. */
const TARGET_MILLIS = 5000;
const SETTLE_MILLIS = 3000;
const DAY = 86_400_000;

type Records = (count: number) => BenchRecord[];

export async function recoveryCase(context: CaseContext): Promise<void> {
  const { broker, write } = context;
  const target = { topic: 'recovery', partitions: 4, roundRobin: false };
  const place = { ...target, brokers: broker.brokers, name: 'recovery' };
  const make = deviceRecords();
  const trial = new Trial(context, target, () => BenchPod.start(openGroupsJob(place)), make);
  const columns = [
    'killed with 100,000 open groups',
    'records flow again after',
    'live state',
    'read back',
    'multiple',
  ];
  const table = new Table(columns, write);
  await load(broker.log, target, make(RECORDS));
  let pod = await BenchPod.start(openGroupsJob(place));
  pod = await trial.killed(`${RECORDS.toLocaleString('en')} records`, pod, table);
  const more = RECORDS * 9;
  for (let loaded = 0; loaded < more; loaded += RECORDS) await load(broker.log, target, make(RECORDS));
  pod = await trial.killed(`${(RECORDS + more).toLocaleString('en')} records`, pod, table);
  await trial.killedBesideAnother(pod, table);
}

/** All devices first, then any of them; all within one day. */
function deviceRecords(): Records {
  const random = randomOf(7);
  const at = Math.floor(Date.now() / DAY) * DAY;
  let made = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const device = made++ < GROUPS ? made : Math.ceil(random() * GROUPS);
      const key = `device-${device}`;
      return { key, value: `${key},${Math.floor(random() * 1000)},${at}` };
    });
}

class Trial {
  private readonly context: CaseContext;
  private readonly target: Target;
  private readonly start: () => Promise<BenchPod>;
  private readonly make: Records;

  constructor(context: CaseContext, target: Target, start: () => Promise<BenchPod>, make: Records) {
    this.context = context;
    this.target = target;
    this.start = start;
    this.make = make;
  }

  /** The only consumer is killed, and another one started at once. */
  async killed(what: string, pod: BenchPod, table: Table): Promise<BenchPod> {
    await pod.until(allRead, 100);
    await delay(SETTLE_MILLIS);
    const feed = await this.feed();
    const before = await this.look(pod);
    const killedAt = performance.now();
    await pod.stop('SIGKILL');
    const heir = await this.start();
    const flowing = await heir.until((tasks) => tasks.every((task) => task.position > before.positionOf(task)), 20);
    await feed.stop();
    const { bytes } = await heir.event('restored');
    this.tell(table, [`${what}, another started at once`, flowing - killedAt, before.stateBytes, Number(bytes)]);
    return heir;
  }

  /** Two share the work; one is killed. */
  async killedBesideAnother(pod: BenchPod, table: Table): Promise<void> {
    const other = await this.start();
    await other.until(allRead, 100);
    await delay(SETTLE_MILLIS);
    const feed = await this.feed();
    const before = await this.look(pod);
    const seen = other.events.length;
    const killedAt = performance.now();
    await pod.stop('SIGKILL');
    const flowing = await other.until(
      (tasks) =>
        tasks.length === this.target.partitions && tasks.every((task) => task.position > before.positionOf(task)),
      20,
    );
    await feed.stop();
    const { bytes } = await other.event('restored', (event) => other.events.indexOf(event) >= seen);
    this.tell(table, [
      'the same, half of it with another already',
      flowing - killedAt,
      before.stateBytes,
      Number(bytes),
    ]);
    await other.stop();
  }

  private feed(): Promise<Feed> {
    const options = { perSecond: PER_SECOND, tickMillis: 100, make: this.make };
    return Feed.start(this.context.broker.log, this.target, options);
  }

  private async look(pod: BenchPod): Promise<{
    stateBytes: number;
    positionOf: (task: Readonly<{ partition: number }>) => number;
  }> {
    const { tasks } = (await pod.status())!;
    const positions = new Map(tasks.map(({ partition, position }) => [partition, position]));
    const stateBytes = tasks.reduce((sum, task) => sum + task.stateBytes, 0);
    return { stateBytes, positionOf: ({ partition }) => positions.get(partition) ?? 0 };
  }

  private tell(table: Table, [what, millis, live, read]: readonly [string, number, number, number]): void {
    const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    table.row(what, seconds(millis, 1), mebibytes(live), mebibytes(read), `${(read / live).toFixed(2)} ×`);
    const most = SESSION_MILLIS + TARGET_MILLIS;
    if (millis > most) this.context.note(`longer than the target of ${seconds(most, 0)}`);
  }
}
