/**
 * Brokers of a test, as far as a reader sees them: they take the bytes of Fetch, ListOffsets and Metadata requests and
 * answer as Kafka would. Answers can be held back, refused or lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError } from '../../../errors.ts';
import { RecordBuilder } from '../../record-builder.ts';
import type { ClusterMetadata } from '../protocol/metadata.ts';
import { WireReader, WireWriter } from '../protocol/wire.ts';
import type { BrokerRequest } from '../protocol/wire.ts';
import { putInt64 } from '../record-batch/big-endian.ts';
import { encodeBatch } from '../record-batch/encode.ts';

const LIST_OFFSETS = 2;

interface Batch {
  readonly base: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

interface Partition {
  leader: number;
  start: number;
  end: number;
  readonly batches: Batch[];
  /** Answered instead of records, as long as it is not 0. */
  error: number;
}

export interface Asked {
  readonly node: number;
  readonly maxWaitMillis: number;
  readonly maxBytes: number;
  readonly targets: readonly { readonly name: string; readonly offset: number; readonly maxBytes: number }[];
}

const encoder = new TextEncoder();

export class FakeBrokers {
  readonly asked: Asked[] = [];
  metadataCount = 0;
  readonly forgotten: string[] = [];
  /** Thrown by whatever is asked, while it is there. */
  failure: Error | undefined;
  /** Awaited before an answer is given. */
  gate: Promise<unknown> = Promise.resolve();
  /** Under way, by node, and the most there ever were of one. */
  private readonly open = new Map<number, number>();
  mostOpen = 0;
  private readonly partitions = new Map<string, Partition>();

  constructor(names: readonly string[], leader = 1) {
    for (const name of names) this.partitions.set(name, { leader, start: 0, end: 0, batches: [], error: 0 });
  }

  get(name: string): Partition {
    return this.partitions.get(name)!;
  }

  remove(name: string): void {
    this.partitions.delete(name);
  }

  /** One batch of `count` records of about `bytes` each; a value begins with its offset. */
  append(name: string, count: number, bytes = 10): void {
    const partition = this.get(name);
    const builder = new RecordBuilder();
    for (let row = 0; row < count; row++) {
      builder.append(null, encoder.encode(`${partition.end + row}`.padEnd(bytes)), 1000 + row);
    }
    const isPlain = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false };
    const batch = encodeBatch(builder, 0, count, { ...isPlain, compression: 'none' });
    putInt64(batch, 0, partition.end);
    partition.batches.push({ base: partition.end, end: partition.end + count, bytes: batch });
    partition.end += count;
  }

  readonly forgetTopic = (topic: string): void => void this.forgotten.push(topic);

  readonly metadata = async (topics: readonly string[]): Promise<ClusterMetadata> => {
    this.metadataCount++;
    await delay(0);
    if (this.failure) throw this.failure;
    const found = topics.map((name) => ({ name, error: 0, id: undefined, leaders: this.leadersOf(name) }));
    const known = found.filter(({ leaders }) => leaders.length > 0);
    return { brokers: [], controller: 1, topics: known.map((topic) => ({ ...topic, replicationFactor: 1 })) };
  };

  readonly leader = async ({ topic, partition }: { topic: string; partition: number }): Promise<number> => {
    const found = this.partitions.get(`${topic}/${partition}`);
    if (!found) throw new StreamJobError('TopicNotFound', `topic "${topic}" does not exist`);
    return found.leader;
  };

  readonly send = async <T>(node: number, _purpose: string, request: BrokerRequest<T>): Promise<T> => {
    const out = new WireWriter(256);
    request.write(out);
    const body = new WireReader(out.bytes.subarray(0, out.length));
    const answer = request.apiKey === LIST_OFFSETS ? this.listOffsets(body) : await this.fetch(node, body);
    return request.read(new WireReader(answer.bytes.slice(0, answer.length)));
  };

  private leadersOf(topic: string): number[] {
    const ofTopic = [...this.partitions].filter(([name]) => name.startsWith(`${topic}/`));
    return ofTopic.map(([, { leader }]) => leader);
  }

  private async fetch(node: number, body: WireReader): Promise<WireWriter> {
    const asked = readFetch(node, body);
    this.asked.push(asked);
    const open = (this.open.get(node) ?? 0) + 1;
    this.open.set(node, open);
    this.mostOpen = Math.max(this.mostOpen, open);
    await this.gate;
    if (!asked.targets.some((target) => this.hasNews(node, target))) await delay(asked.maxWaitMillis);
    this.open.set(node, open - 1);
    if (this.failure) throw this.failure;
    return this.answer(asked);
  }

  private hasNews(node: number, { name, offset }: Asked['targets'][number]): boolean {
    const partition = this.partitions.get(name);
    return partition?.leader !== node || partition.error !== 0 || partition.end !== offset;
  }

  private answer({ node, maxBytes, targets }: Asked): WireWriter {
    const out = new WireWriter(1024);
    let left = maxBytes;
    let isFirst = true;
    out.int32(0);
    out.int16(0);
    out.int32(0);
    out.array(targets, (target) => {
      const [topic, index] = target.name.split('/');
      out.string(topic!);
      out.int32(1);
      out.int32(Number(index));
      const records = this.recordsFor(target, Math.min(left, target.maxBytes), isFirst);
      this.writePartition(out, this.errorOf(node, target), target.name, records);
      left -= records.length;
      if (records.length > 0) isFirst = false;
    });
    return out;
  }

  private writePartition(out: WireWriter, error: number, name: string, records: Uint8Array): void {
    const end = this.partitions.get(name)?.end ?? -1;
    out.int16(error);
    out.int64(end);
    out.int64(end);
    out.int64(0);
    out.int32(-1);
    out.int32(-1);
    const sent = error === 0 ? records : new Uint8Array(0);
    out.int32(sent.length);
    out.slice(sent, 0, sent.length);
  }

  private errorOf(node: number, { name, offset }: Asked['targets'][number]): number {
    const partition = this.partitions.get(name);
    if (!partition) return 3;
    if (partition.leader !== node) return 6;
    if (partition.error !== 0) return partition.error;
    return offset < partition.start || offset > partition.end ? 1 : 0;
  }

  /** Whole batches within the limit and a cut one; what would be a cut one alone is left out, unless it is the first. */
  private recordsFor({ name, offset }: Asked['targets'][number], limit: number, isFirst: boolean): Uint8Array {
    const batches = this.partitions.get(name)?.batches.filter(({ end }) => end > offset) ?? [];
    const all = Buffer.concat(batches.map(({ bytes }) => bytes));
    const first = batches[0]?.bytes.length ?? 0;
    if (first > limit) return isFirst ? all.subarray(0, first) : new Uint8Array(0);
    return all.subarray(0, limit);
  }

  private listOffsets(body: WireReader): WireWriter {
    body.int32();
    body.int8();
    body.int32();
    const topic = body.string()!;
    body.int32();
    const partition = body.int32();
    const isStart = body.int64() === -2;
    const found = this.get(`${topic}/${partition}`);
    const out = new WireWriter(256);
    out.int32(0);
    out.int32(1);
    out.string(topic);
    out.int32(1);
    out.int32(partition);
    out.int16(0);
    out.int64(-1);
    out.int64(isStart ? found.start : found.end);
    return out;
  }
}

function readFetch(node: number, body: WireReader): Asked {
  body.int32();
  const maxWaitMillis = body.int32();
  body.int32();
  const maxBytes = body.int32();
  body.int8();
  body.int32();
  body.int32();
  const targets = body.array(() => {
    const topic = body.string();
    return body.array(() => {
      const name = `${topic}/${body.int32()}`;
      body.int32();
      const offset = body.int64();
      body.int64();
      return { name, offset, maxBytes: body.int32() };
    });
  });
  return { node, maxWaitMillis, maxBytes, targets: targets.flat() };
}
