/** Dead letters as the records that they were, collected for the partitions that they came from. */
import { StreamJobError, isStreamJobError } from '../errors.ts';
import type { Log, Transaction } from '../log/log.ts';
import { Partitioner } from '../log/partitioner.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import { encodeHeaders } from '../log/record-headers.ts';
import { keyOf, valueOf } from '../record.ts';
import type { RecordBatch } from '../record.ts';
import type { DeadLetterPlace } from './dead-letter-records.ts';

/** Of a topic that letters came from. */
interface Origin {
  readonly partitions: number;
  /** For those whose partition is no longer there. */
  readonly partitioner: Partitioner;
  readonly builders: Map<number, RecordBuilder>;
}

/** The letters of one transaction. */
export class ReturnedLetters {
  private readonly log: Pick<Log, 'partitionCount'>;
  private readonly now: number;
  private readonly origins = new Map<string, Origin>();

  /** `now`: the timestamp that they get, since a dead letter does not hold the one that it had. */
  constructor(log: Pick<Log, 'partitionCount'>, now: number) {
    this.log = log;
    this.now = now;
  }

  /** True: its partition is no longer there, and its key chose another. Throws TopicNotFound. */
  async add(records: RecordBatch, row: number, place: DeadLetterPlace): Promise<boolean> {
    const origin = this.origins.get(place.topic) ?? (await this.look(place.topic));
    const isThere = place.partition < origin.partitions;
    const key = keyOf(records, row);
    const partition = isThere ? place.partition : origin.partitioner.partition(key);
    const builder = origin.builders.get(partition) ?? new RecordBuilder();
    origin.builders.set(partition, builder);
    builder.append(key, valueOf(records, row), this.now);
    if (place.headers.length > 0) {
      const headers = encodeHeaders(place.headers);
      builder.setHeaders(headers, 0, headers.length);
    }
    return !isThere;
  }

  appendTo(transaction: Pick<Transaction, 'append'>): void {
    for (const [topic, { builders }] of this.origins)
      for (const [partition, builder] of builders) transaction.append(topic, partition, builder);
  }

  private async look(topic: string): Promise<Origin> {
    const partitions = await this.log.partitionCount(topic).catch((cause: unknown) => {
      if (!isStreamJobError(cause, 'TopicNotFound')) throw cause;
      const problem = `dead letters came from topic "${topic}", which does not exist any more: create it, and run again`;
      throw new StreamJobError('TopicNotFound', problem, { cause });
    });
    const origin = { partitions, partitioner: new Partitioner(partitions), builders: new Map<number, RecordBuilder>() };
    this.origins.set(topic, origin);
    return origin;
  }
}
