/**
 * The producer of a job: brings the records of its source to the topic, exactly once. The position in the source is
 * written in the transaction of the records, so a producer that was killed goes on behind the last record that counts.
 * One process at a time: opening the writer ends whatever another one had under way.
 */
import type { StreamJobError, Trouble } from '../errors.ts';
import { isStreamJobError } from '../errors.ts';
import type { Log, LogWriter } from '../log/log.ts';
import { Partitioner } from '../log/partitioner.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { BackOff, pauseFor } from '../pause.ts';
import type { ReadResult, RecordSink, Source, SourcePosition } from '../sources/source.ts';
import { PositionLog } from '../state/position-log.ts';

/** Records of one transaction at most, and for how long it collects them. */
const TRANSACTION_RECORDS = 50_000;
const COLLECT_MILLIS = 1000;
const LONGEST_SLEEP_MILLIS = 200;
const PAUSE = { shortestMillis: 100, longestMillis: 10_000 };
/** How soon new partitions of the topic are used. */
const PARTITIONS_AGE_MILLIS = 30_000;

export interface ProducerObserver {
  /** The source is open, at this number of records. */
  started(records: number): void;
  produced(records: number, millis: number): void;
  /** The loop has come round. */
  round(): void;
  trouble(trouble: Trouble | undefined): void;
  /** The source has come to its end. */
  done(records: number): void;
}

export interface ProducerContext {
  readonly topic: string;
  readonly positionTopic: string;
  readonly log: Log;
  readonly writer: LogWriter;
  /** Creates what is missing; called before the first record and after a failure. */
  readonly prepare: () => Promise<void>;
  /** Called when the source has come to its end and all of it is committed. */
  readonly end: () => Promise<void>;
  /** Made anew after a failure: a source goes on from a position only when it is opened. */
  readonly createSource: () => Source;
  readonly observer: ProducerObserver;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export class Producer {
  private readonly context: ProducerContext;
  private partitions = 0;
  private partitionsAt = -Infinity;
  private partitioner = new Partitioner(1);
  private readonly backOff: BackOff;

  constructor(context: ProducerContext) {
    this.context = context;
    this.backOff = new BackOff(PAUSE, context.random);
  }

  /** Produces until the source ends or `signal` is aborted, then commits what was read. Tries on while Kafka is away. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.produceAll(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!isStreamJobError(error) || !error.retryable) throw error;
        this.context.observer.trouble(troubleOf(error));
        await pauseFor(this.backOff.nextMillis(), signal);
      }
    }
  }

  private async produceAll(signal: AbortSignal): Promise<void> {
    const { log, writer, positionTopic, createSource, observer, prepare, end } = this.context;
    await prepare();
    await writer.open();
    const positions = new PositionLog(log, positionTopic);
    const source = createSource();
    try {
      await source.open(positionOf(await positions.read()));
      observer.started(source.position().records);
      for (let done = false; !done && !signal.aborted;) done = await this.transaction(source, positions, signal);
      if (signal.aborted) return;
      await end();
      observer.done(source.position().records);
    } finally {
      await source.close();
    }
  }

  /** Collects records and commits them with the position behind them. Resolves with whether the source is at its end. */
  private async transaction(source: Source, positions: PositionLog, signal: AbortSignal): Promise<boolean> {
    const { writer, topic, observer, now } = this.context;
    await this.refreshPartitions();
    observer.round();
    const builders: RecordBuilder[] = [];
    const before = source.position().records;
    const begin = now();
    const { done, waitMillis } = await this.collect(source, builders, signal);
    if (source.position().records > before) {
      const transaction = writer.begin();
      builders.forEach((builder, partition) => transaction.append(topic, partition, builder));
      positions.append(transaction, Buffer.from(JSON.stringify(source.position())), now());
      await transaction.commit();
      positions.committed(transaction);
      this.backOff.reset();
      await positions.purge();
      observer.trouble(undefined);
      observer.produced(source.position().records - before, now() - begin);
    }
    if (!done && waitMillis > 0) await pauseFor(Math.min(waitMillis, LONGEST_SLEEP_MILLIS), signal);
    return done;
  }

  private async collect(source: Source, builders: RecordBuilder[], signal: AbortSignal): Promise<ReadResult> {
    const { now } = this.context;
    const begin = now();
    const until = begin + COLLECT_MILLIS;
    let count = 0;
    const sink: RecordSink = {
      append: (key, value) => {
        count++;
        const builder = (builders[this.partitioner.partition(key)] ??= new RecordBuilder());
        // The time of writing: an event time far back would be deleted by the topic's retention at once.
        builder.append(key, value, begin);
      },
    };
    for (;;) {
      const read = await source.read(TRANSACTION_RECORDS - count, now(), sink);
      const isFull = count >= TRANSACTION_RECORDS || now() >= until;
      if (read.done || read.waitMillis > 0 || isFull || signal.aborted) return read;
    }
  }

  private async refreshPartitions(): Promise<void> {
    const { log, topic, now } = this.context;
    if (now() - this.partitionsAt < PARTITIONS_AGE_MILLIS) return;
    const partitions = await log.partitionCount(topic);
    if (partitions !== this.partitions) this.partitioner = new Partitioner(partitions);
    this.partitions = partitions;
    this.partitionsAt = now();
  }
}

/** A transaction that failed because Kafka is away has nothing to say but that. */
function troubleOf(error: StreamJobError): Trouble {
  return isStreamJobError(error.cause, 'LogUnavailable') ? error.cause : error;
}

function positionOf(value: Uint8Array | undefined): SourcePosition | undefined {
  return value && (JSON.parse(Buffer.from(value).toString()) as SourcePosition);
}
