/**
 * The books: what the source topic holds against what the jobs made of it. Everything is read back by Kafka's own client,
 * committed records only, and compared as texts with how often each must be there; so a line that differs shows twice,
 * as missing and as unexpected.
 */
import { deadLetterTopic } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { consumeWithJava } from '../harness/kafka/java-client.ts';
import type { ConsumedRecord } from '../harness/kafka/java-client.ts';
import { interpret } from '../reference/interpreter.ts';
import type { InputRecord, Interpretation, ResultRow } from '../reference/interpreter.ts';
import { PARTITIONS, SOURCE_TOPIC, identityOf, outputTopic } from './jobs.ts';
import type { JobName } from './jobs.ts';
import { Tally } from './tally.ts';
import type { Balance } from './tally.ts';

export interface Account extends Balance {
  readonly what: string;
}

export class Ledger {
  private readonly brokers: readonly string[];
  private readonly input: InputRecord[] = [];

  constructor(brokers: readonly string[]) {
    this.brokers = brokers;
  }

  /** Reads the source topic back, and compares it with the lines that were to be produced. */
  async producer(lines: Iterable<readonly string[]>): Promise<Account> {
    const tally = new Tally();
    for (const batch of lines) for (const line of batch) tally.expect(line);
    await this.read(SOURCE_TOPIC, ({ partition, offset, key, value }) => {
      this.input.push({ partition, offset, key: bufferOf(key), value: bufferOf(value) });
      tally.found(textOf(value));
    });
    return { what: 'records of the source', ...tally.balance() };
  }

  /** Compares results and dead letters of a job with what its manifest makes of the records in the source topic. */
  async job(name: JobName, job: StreamJob): Promise<Account[]> {
    const expected = interpret(job, this.input, { now: Date.now() });
    return [await this.results(name, job, expected), await this.deadLetters(name, job, expected)];
  }

  private async results(name: JobName, job: StreamJob, { rows }: Interpretation): Promise<Account> {
    const tally = new Tally();
    for (const row of rows) tally.expect(rowText(job, row));
    await this.read(outputTopic(name), ({ value }) => tally.found(textOf(value)));
    return { what: `results of job ${name}`, ...tally.balance() };
  }

  private async deadLetters(name: JobName, job: StreamJob, { bad, late }: Interpretation): Promise<Account> {
    const tally = new Tally();
    const letters = job.spec.window!.late === 'deadLetter' ? late.map((at) => ({ ...at, reason: 'Late' })) : [];
    for (const { partition, offset, reason } of [...bad, ...letters]) tally.expect(`${partition}@${offset} ${reason}`);
    await this.read(deadLetterTopic(identityOf(name)), ({ headers }) => tally.found(letterText(headers)));
    return { what: `dead letters of job ${name}`, ...tally.balance() };
  }

  /** A partition at a time, since all of them at once may be more than one string can hold. */
  private async read(topic: string, take: (record: ConsumedRecord) => void): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = await consumeWithJava({ brokers: this.brokers, topic, partitions: [partition] });
      records.forEach(take);
    }
  }
}

const bufferOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const textOf = (bytes: Uint8Array | null): string => (bytes ? Buffer.from(bytes).toString() : 'null');

/** As the sink writes it; no number is beyond 2^53 here. */
function rowText(job: StreamJob, { windowStart, windowEnd, values }: ResultRow): string {
  const { groupBy, aggregate } = job.spec.window!;
  const shown = [...groupBy, ...Object.keys(aggregate)].map((column) => {
    const value = values[column];
    return [column, typeof value === 'bigint' ? Number(value) : value];
  });
  const bounds = { 'window.start': instantText(windowStart!), 'window.end': instantText(windowEnd!) };
  return JSON.stringify({ ...bounds, ...Object.fromEntries(shown) });
}

const instantText = (millis: number): string => new Date(millis).toISOString().slice(0, 19).replace('T', ' ');

function letterText(headers: ConsumedRecord['headers']): string {
  const facts = new Map(headers.map(([name, value]) => [name, textOf(value)]));
  const fact = (name: string): string | undefined => facts.get(`streamjob.${name}`);
  return `${fact('partition')}@${fact('offset')} ${fact('error')}`;
}
