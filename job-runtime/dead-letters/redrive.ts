/**
 * Puts dead letters back where they came from, each exactly once: what is put back and how far that has come are one
 * transaction. So a redrive may be cut off anywhere and run again, or run twice, also at the same time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError, isStreamJobError } from '../errors.ts';
import { partitionName } from '../log/log.ts';
import type { Log, LogWriter } from '../log/log.ts';
import type { RecordBatch } from '../record.ts';
import type { LetterSpan } from './letter-spans.ts';
import { letterBatches, letterSpans, redriveName } from './letter-spans.ts';
import { placeAt } from './letter-survey.ts';
import { ReturnedLetters } from './returned-letters.ts';

export interface RedriveOptions {
  /** Milliseconds since the epoch: the timestamp of what is put back. */
  readonly now: () => number;
  /** Aborted: stop behind the transaction under way. */
  readonly signal: AbortSignal;
  /** Puts back even what an earlier redrive may have put back, whose position is no longer there. */
  readonly isAll?: boolean;
  readonly onProgress?: (summary: RedriveSummary) => void;
}

export interface RedriveSummary {
  putBack: number;
  /** Of those: to another partition than they came from, since that one is no longer there. */
  moved: number;
  /** Records that are no dead letters of ours. */
  foreign: number;
  /** Partitions whose last records are in a transaction that is still open; they are left for the next redrive. */
  open: number;
}

/** Attempts without any success in between. */
const MOST_ATTEMPTS = 4;
const FIRST_PAUSE_MILLIS = 50;
/** A broker forgets positions after seven days by default (offsets.retention.minutes). */
const REMEMBERED_MILLIS = 6 * 24 * 3600 * 1000;

type Counts = Pick<RedriveSummary, 'putBack' | 'moved' | 'foreign'>;

/** Throws TopicNotFound, ConfigInvalid where `isAll` has to be decided about, and whatever ends a transaction. */
export function redrive(log: Log, topic: string, options: RedriveOptions): Promise<RedriveSummary> {
  return new Redrive(log, topic, options).run();
}

class Redrive {
  private readonly log: Log;
  private readonly topic: string;
  private readonly options: RedriveOptions;
  private readonly writer: LogWriter;
  private readonly summary: RedriveSummary = { putBack: 0, moved: 0, foreign: 0, open: 0 };
  private attempts = 0;
  /** Sent, and not known to be committed. */
  private inDoubt: { readonly partition: number; readonly next: number; readonly counts: Counts } | undefined;

  constructor(log: Log, topic: string, options: RedriveOptions) {
    this.log = log;
    this.topic = topic;
    this.options = options;
    this.writer = log.writer(redriveName(topic));
  }

  async run(): Promise<RedriveSummary> {
    const ends = new Map((await letterSpans(this.log, this.topic)).map(({ partition, end }) => [partition, end]));
    while (!(await this.attempt(ends))) await delay(FIRST_PAUSE_MILLIS * 2 ** this.attempts);
    return this.summary;
  }

  /** False: a transaction failed, and it is worth trying again. */
  private async attempt(ends: ReadonlyMap<number, number>): Promise<boolean> {
    try {
      // First of all: it ends what an earlier redrive has left open, and positions are read behind that.
      await this.writer.open();
      const spans = await letterSpans(this.log, this.topic);
      this.settleDoubt(spans);
      await this.pass(spans.map((span) => ({ ...span, end: ends.get(span.partition) ?? span.from })));
      return true;
    } catch (error) {
      if (!isStreamJobError(error, 'TransactionFailed') || ++this.attempts >= MOST_ATTEMPTS) throw error;
      return false;
    }
  }

  /** The position tells whether the last transaction got through. */
  private settleDoubt(spans: readonly LetterSpan[]): void {
    const { inDoubt } = this;
    const reached = spans.find(({ partition }) => partition === inDoubt?.partition);
    if (inDoubt && reached?.isKnown && reached.from >= inDoubt.next) this.done(inDoubt.counts);
    this.inDoubt = undefined;
  }

  private async pass(spans: readonly LetterSpan[]): Promise<void> {
    if (!this.options.isAll) for (const span of spans) await this.assertFirst(span);
    this.summary.open = 0;
    for (const span of spans) {
      if (this.options.signal.aborted) return;
      if ((await this.putSpanBack(span)) < span.end && !this.options.signal.aborted) this.summary.open++;
    }
  }

  /** Without a position, only young dead letters are known never to have been put back. */
  private async assertFirst(span: LetterSpan): Promise<void> {
    if (span.isKnown || span.from >= span.end) return;
    if ((await this.log.offsetAt(span, this.options.now() - REMEMBERED_MILLIS)) <= span.from) return;
    throw new StreamJobError(
      'ConfigInvalid',
      `${partitionName(span)} has dead letters of more than six days ago, and Kafka knows of no redrive of ` +
        'them, but it forgets that after seven days (offsets.retention.minutes): add --all to put all of them back',
    );
  }

  /** Returns how far it came. */
  private async putSpanBack(span: LetterSpan): Promise<number> {
    const batches = letterBatches(this.log, span);
    for (let at = span.from; ;) {
      const batch = await batches.next();
      if (batch.done) return batch.value;
      if (this.options.signal.aborted) return at;
      await this.putBack(span, batch.value);
      at = batch.value.nextOffset;
    }
  }

  private async putBack({ partition, topicId }: LetterSpan, records: RecordBatch): Promise<void> {
    const { topic, summary } = this;
    const { count, nextOffset: next } = records;
    const letters = new ReturnedLetters(this.log, this.options.now());
    const counts = { putBack: 0, moved: 0, foreign: 0 };
    for (let row = 0; row < count; row++) {
      const place = placeAt(records, row);
      if (!place) counts.foreign++;
      else if (await letters.add(records, row, place)) counts.moved++;
    }
    counts.putBack = count - counts.foreign;
    const transaction = this.writer.begin();
    letters.appendTo(transaction);
    const member = { group: redriveName(topic), memberId: '', generation: -1 };
    transaction.commitPositions(member, [{ topic, partition, offset: next, metadata: topicId }]);
    this.inDoubt = { partition, next, counts };
    await transaction.commit();
    this.inDoubt = undefined;
    this.attempts = 0;
    this.done(counts);
    this.options.onProgress?.(summary);
  }

  private done({ putBack, moved, foreign }: Counts): void {
    this.summary.putBack += putBack;
    this.summary.moved += moved;
    this.summary.foreign += foreign;
  }
}
