/** Brings records into a topic before or beside a run. What it costs is nobody's figure. */
import type { Log } from '../../job-runtime/log/log.ts';
import { Partitioner } from '../../job-runtime/log/partitioner.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import type { BenchRecord } from '../data.ts';

const RECORDS_PER_TRANSACTION = 100_000;

export interface Target {
  readonly topic: string;
  readonly partitions: number;
  /** Keys are left out, and records go round robin. */
  readonly roundRobin: boolean;
}

/** Makes the topic if it is missing, and appends all records. */
export async function load(log: Log, target: Target, records: Iterable<BenchRecord>): Promise<void> {
  await log.createTopic(target.topic, { partitions: target.partitions });
  const appender = await Appender.open(log, target);
  let waiting: BenchRecord[] = [];
  for (const record of records) {
    if (waiting.push(record) < RECORDS_PER_TRANSACTION) continue;
    await appender.append(waiting);
    waiting = [];
  }
  await appender.append(waiting);
}

export class Appender {
  private readonly target: Target;
  private readonly writer: ReturnType<Log['writer']>;
  private readonly partitioner: Partitioner;
  private readonly encoder = new TextEncoder();

  private constructor(log: Log, target: Target) {
    this.target = target;
    this.writer = log.writer(`bench-${target.topic}`);
    this.partitioner = new Partitioner(target.partitions);
  }

  static async open(log: Log, target: Target): Promise<Appender> {
    const appender = new Appender(log, target);
    await appender.writer.open();
    return appender;
  }

  /** In one transaction. */
  async append(records: Iterable<BenchRecord>): Promise<void> {
    const { topic, partitions, roundRobin } = this.target;
    const now = Date.now();
    const builders = Array.from({ length: partitions }, () => new RecordBuilder());
    for (const { key, value } of records) {
      const keyBytes = roundRobin || key === null ? null : this.encoder.encode(key);
      builders[this.partitioner.partition(keyBytes)]!.append(keyBytes, this.encoder.encode(value), now);
    }
    const transaction = this.writer.begin();
    builders.forEach((builder, partition) => transaction.append(topic, partition, builder));
    await transaction.commit();
  }
}

/** A steady stream of records until it is stopped. */
export class Feed {
  private readonly appender: Appender;
  private readonly tickMillis: number;
  private readonly make: (count: number) => BenchRecord[];
  private readonly perSecond: number;
  private isStopped = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(appender: Appender, options: FeedOptions) {
    this.appender = appender;
    this.tickMillis = options.tickMillis;
    this.make = options.make;
    this.perSecond = options.perSecond;
  }

  static async start(log: Log, target: Target, options: FeedOptions): Promise<Feed> {
    await log.createTopic(target.topic, { partitions: target.partitions });
    const feed = new Feed(await Appender.open(log, target), options);
    feed.running = feed.run();
    // Whoever stops it hears of it.
    feed.running.catch(() => undefined);
    return feed;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const begin = performance.now();
    for (let made = 0; !this.isStopped;) {
      const due = Math.floor(((performance.now() - begin) / 1000) * this.perSecond);
      if (due > made) await this.appender.append(this.make(due - made));
      made = Math.max(made, due);
      const untilTick = this.tickMillis - ((performance.now() - begin) % this.tickMillis);
      await new Promise((resolve) => setTimeout(resolve, untilTick));
    }
  }
}

export interface FeedOptions {
  readonly perSecond: number;
  /** From one transaction to the next. */
  readonly tickMillis: number;
  readonly make: (count: number) => BenchRecord[];
}
