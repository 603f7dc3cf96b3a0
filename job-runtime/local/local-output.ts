/**
 * Where a local run's results go: sealed batches to a sink, or rows into topics of the embedded log. The registry of
 * sinks knows which; this is what the run does with it, round by round.
 */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import type { Transaction } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { RowTarget } from '../outbox/row-target.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import type { Delivery } from '../sinks/registry.ts';
import { createDelivery } from '../sinks/registry.ts';
import type { TopicRows } from '../sinks/topic.ts';
import type { LocalRunOptions } from './options.ts';

/** Writes at once: a file's flush waits for the disk, not for the processor. */
const CONCURRENT_WRITES = 16;

export interface LocalOutput {
  /** The folder of the file sink. */
  readonly folder: string | undefined;
  /** Topics that results are written to. */
  readonly topics: readonly string[];
  open(): Promise<void>;
  targetOf(task: number): RowTarget;
  /** What belongs into the transaction of the last stage's commit. */
  appendTo(transaction: Transaction): void;
  /** Hands over what was sealed; resolves when it is durable. */
  deliver(): Promise<void>;
  /** What is sealed from now on was cut short. */
  labelPartial(): void;
  /** The input has ended: seals the rest. */
  end(): void;
  /** Where the results are, a line each. */
  describe(): readonly string[];
  close(): Promise<void>;
}

export interface OutputPlace {
  readonly partitions: number;
  readonly options: Pick<LocalRunOptions, 'stdout' | 'sleep' | 'now'>;
  /** The reader of the standard output went away. */
  readonly onStdoutClosed: () => void;
}

/** Throws ConfigInvalid for a sink that has no place in a local run. */
export function openOutput(job: StreamJob, plan: JobPlan, place: OutputPlace): LocalOutput {
  const { stdout, sleep } = place.options;
  const delivery = createDelivery(job.spec.sink, plan, {
    job: job.metadata.name,
    stdout,
    onStdoutClosed: place.onStdoutClosed,
    retry: { attempts: 8, firstDelayMillis: 50, maxDelayMillis: 5000, sleep, random: () => 0.5 },
  });
  if (delivery.kind === 'topic') return new TopicOutput(delivery, place.partitions);
  return new OutboxOutput(delivery, job.spec.sink.file?.path);
}

class OutboxOutput implements LocalOutput {
  readonly topics: readonly string[] = [];
  readonly folder: string | undefined;
  private readonly delivery: Delivery & { kind: 'outbox' };
  private readonly outboxes: Outbox[] = [];
  private isPartial = false;
  private files = 0;
  private bytes = 0;

  constructor(delivery: Delivery & { kind: 'outbox' }, folder: string | undefined) {
    this.delivery = delivery;
    this.folder = folder;
  }

  async open(): Promise<void> {
    await this.delivery.sink.open();
  }

  targetOf(task: number): Outbox {
    let outbox = this.outboxes[task];
    if (!outbox) {
      outbox = this.delivery.createOutbox(task);
      if (this.isPartial) outbox.labelPartial();
      this.outboxes[task] = outbox;
    }
    return outbox;
  }

  appendTo(): void {}

  async deliver(): Promise<void> {
    if (this.folder === undefined) this.outboxes.forEach((outbox) => outbox.sealOpen());
    const taken = this.outboxes.map((outbox) => ({ outbox, batches: outbox.take() }));
    const batches = taken.flatMap((of) => of.batches);
    // Printing keeps the order; files have names of their own.
    const atOnce = this.folder === undefined ? 1 : CONCURRENT_WRITES;
    for (let from = 0; from < batches.length; from += atOnce)
      await Promise.all(batches.slice(from, from + atOnce).map((batch) => this.write(batch)));
    taken.forEach(({ outbox, batches: { length } }) => outbox.delivered(length));
  }

  labelPartial(): void {
    this.isPartial = true;
    this.outboxes.forEach((outbox) => outbox.labelPartial());
  }

  end(): void {
    this.outboxes.forEach((outbox) => outbox.end());
  }

  describe(): readonly string[] {
    return this.folder === undefined
      ? []
      : [`${this.files} ${this.files === 1 ? 'file' : 'files'} in ${this.folder} (${this.bytes} bytes)`];
  }

  async close(): Promise<void> {
    await this.delivery.sink.close();
  }

  private async write(batch: SealedBatch): Promise<void> {
    await this.delivery.sink.write(batch);
    this.files++;
    this.bytes += batch.body.length;
  }
}

class TopicOutput implements LocalOutput {
  readonly folder: undefined;
  readonly topics: readonly string[];
  private readonly delivery: Delivery & { kind: 'topic' };
  private readonly partitions: number;
  private readonly rows: TopicRows[] = [];
  private readonly counts = new Map<string, number>();

  constructor(delivery: Delivery & { kind: 'topic' }, partitions: number) {
    this.delivery = delivery;
    this.topics = delivery.topics;
    this.partitions = partitions;
  }

  async open(): Promise<void> {}

  targetOf(task: number): TopicRows {
    const partitions = new Map(this.topics.map((topic) => [topic, this.partitions]));
    return (this.rows[task] ??= this.delivery.createRows(task, partitions));
  }

  appendTo(transaction: Transaction): void {
    const counting: Pick<Transaction, 'append'> = {
      append: (topic, partition, builder) => {
        this.counts.set(topic, (this.counts.get(topic) ?? 0) + builder.count);
        transaction.append(topic, partition, builder);
      },
    };
    this.rows.forEach((rows) => rows.appendTo(counting, 0));
  }

  async deliver(): Promise<void> {}
  labelPartial(): void {}
  end(): void {}

  describe(): readonly string[] {
    return this.topics.map(
      (topic) => `${this.counts.get(topic) ?? 0} records in topic ${topic} (embedded: gone with this run)`,
    );
  }

  async close(): Promise<void> {}
}
