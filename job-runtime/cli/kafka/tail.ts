/**
 * Follows a topic: prints the committed records of its partitions as they come, those of one partition in order. While
 * the log cannot be read it says so once, waits and goes on.
 */
import type { Log, LogReader, ReadResult } from '../../log/log.ts';
import { recordLines } from './record-lines.ts';
import type { TailOptions } from './tail-flags.ts';

/** Where a tail tells what it has found. */
export interface TailOutput {
  /** Resolves when more may be printed. False: nobody reads it any more. */
  readonly print: (lines: string) => Promise<boolean>;
  /** A line for the person, beside the records. */
  readonly say: (line: string) => void;
  /** Aborted: end. */
  readonly signal: AbortSignal;
  /** Called when the log has answered for the first time. */
  readonly onStart: (partitions: number) => void;
}

const POLL_MILLIS = 200;
/** How often it is looked whether the topic has grown. */
const LOOK_MILLIS = 10_000;

export class Tail {
  private readonly log: Log;
  private readonly topic: string;
  private readonly options: TailOptions;
  private readonly output: TailOutput;
  private readonly reader: LogReader;
  /** By partition: where to read on. */
  private readonly offsets = new Map<number, number>();
  /** By partition: where it ended at the start. */
  private readonly ends = new Map<number, number>();
  private printed = 0;
  private isOver = false;
  private isInTrouble = false;
  /** Those that are read, or would be without --partition, and those that were seen to be there. */
  private partitions = 0;
  private seen = 0;

  constructor(log: Log, topic: string, options: TailOptions, output: TailOutput) {
    this.log = log;
    this.topic = topic;
    this.options = options;
    this.output = output;
    this.reader = log.reader();
  }

  /** Throws TopicNotFound, OffsetOutOfRange, RecordsUnreadable. */
  async run(): Promise<void> {
    try {
      await this.start();
      let lookAt = performance.now() + LOOK_MILLIS;
      while (!this.isDone()) {
        for (const result of await this.poll()) await this.take(result);
        if (this.seen > this.partitions) this.grow();
        if (performance.now() < lookAt) continue;
        lookAt = performance.now() + LOOK_MILLIS;
        void this.look();
      }
    } finally {
      await this.reader.close();
    }
  }

  private async start(): Promise<void> {
    const { partition } = this.options;
    this.partitions = this.seen = await this.log.partitionCount(this.topic);
    const all = Array.from({ length: this.partitions }, (_, index) => index);
    const chosen = partition === undefined ? all : [partition];
    await Promise.all(chosen.map((one) => this.place(one)));
    this.output.onStart(chosen.length);
    this.assign();
    if (this.options.from === 'latest') await this.stepBack();
  }

  private async place(partition: number): Promise<void> {
    const { log, topic } = this;
    const { from } = this.options;
    const of = { topic, partition };
    const { start, end } = await log.offsets(of);
    this.ends.set(partition, end);
    if (from === 'earliest') this.offsets.set(partition, start);
    else if (from === 'latest') this.offsets.set(partition, end);
    else this.offsets.set(partition, 'time' in from ? await log.offsetAt(of, from.time) : from.offset);
  }

  /** Records of transactions that were open at the start are published later than that: the latest lie behind them. */
  private async stepBack(): Promise<void> {
    const bounds = (): (number | undefined)[] =>
      Array.from(this.offsets.keys(), (partition) => this.boundOf(partition));
    // What comes meanwhile is read again.
    while (bounds().includes(undefined) && !this.isDone()) await this.poll();
    for (const [partition, offset] of this.offsets)
      this.offsets.set(partition, Math.min(offset, this.boundOf(partition) ?? offset));
    this.assign();
  }

  private boundOf(partition: number): number | undefined {
    return this.reader.bound({ topic: this.topic, partition })?.end;
  }

  private assign(): void {
    const { topic, reader } = this;
    reader.assign(Array.from(this.offsets, ([partition, offset]) => ({ topic, partition, offset })));
  }

  private async poll(): Promise<readonly ReadResult[]> {
    const results = await this.reader.poll(POLL_MILLIS);
    const { trouble } = this.reader;
    const isNews = trouble !== undefined && !this.isInTrouble && !this.output.signal.aborted;
    if (isNews) this.output.say(`${trouble.message}; waiting`);
    this.isInTrouble = trouble !== undefined;
    return results;
  }

  private async take({ partition, records }: ReadResult): Promise<void> {
    if (this.isDone()) return;
    const { count = Infinity, format } = this.options;
    const rows = Math.min(records.count, count - this.printed);
    this.offsets.set(partition, records.nextOffset);
    this.printed += rows;
    if (rows > 0 && !(await this.output.print(recordLines(records, rows, format)))) this.isOver = true;
  }

  private isDone(): boolean {
    const { count = Infinity, untilEnd } = this.options;
    if (this.isOver || this.output.signal.aborted || this.printed >= count) return true;
    return untilEnd && [...this.offsets].every(([partition, offset]) => offset >= this.ends.get(partition)!);
  }

  private async look(): Promise<void> {
    if (this.options.partition !== undefined || this.options.untilEnd) return;
    // Why it failed the reader meets too, and says it.
    this.seen = await this.log.partitionCount(this.topic).catch(() => this.seen);
  }

  /** New partitions are read from their start. */
  private grow(): void {
    for (; this.partitions < this.seen; this.partitions++) this.offsets.set(this.partitions, 0);
    this.assign();
  }
}
