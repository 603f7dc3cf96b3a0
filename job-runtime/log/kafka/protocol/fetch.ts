/**
 * Fetch v11, read_committed and without a fetch session: records of many partitions in one answer. The records stay
 * bytes of the response, and each partition says where its own are, so that they can be walked in place.
 */
import type { AbortedTransaction } from '../record-batch/decode.ts';
import type { BrokerRequest, WireReader, WireWriter } from './wire.ts';

export interface FetchTarget {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchOptions {
  /** In this order, partitions share `maxBytes`; the first that has records sends one whole batch at least. */
  readonly targets: readonly FetchTarget[];
  readonly maxBytes: number;
  /** How long the broker waits for the first record. */
  readonly maxWaitMillis: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's error code; 0: the rest counts. */
  readonly error: number;
  /** Where committed records end, unless a transaction is open. */
  readonly highWatermark: number;
  /** Where records end whose transactions have ended; −1: the broker does not say. */
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches in `bytes` of the response; the last one may be cut off. */
  readonly start: number;
  readonly end: number;
}

export interface FetchResponse {
  /** Of the request as a whole. */
  readonly error: number;
  readonly bytes: Uint8Array;
  readonly partitions: readonly FetchedPartition[];
}

const READ_COMMITTED = 1;
const NONE: readonly AbortedTransaction[] = [];

export function fetchRequest(options: FetchOptions): BrokerRequest<FetchResponse> {
  return {
    apiKey: 1,
    apiName: 'Fetch',
    apiVersion: 11,
    isFlexible: false,
    holdMillis: options.maxWaitMillis,
    write: (out) => writeRequest(out, options),
    read: readResponse,
  };
}

function writeRequest(out: WireWriter, { targets, maxBytes, maxWaitMillis }: FetchOptions): void {
  out.int32(-1); // A consumer, not a replica.
  out.int32(maxWaitMillis);
  out.int32(1);
  out.int32(maxBytes);
  out.int8(READ_COMMITTED);
  // No session.
  out.int32(0);
  out.int32(-1);
  out.array(runsByTopic(targets), (run) => {
    out.string(run[0]!.topic);
    out.array(run, (target) => writeTarget(out, target));
  });
  out.array([], () => undefined);
  out.string('');
}

function writeTarget(out: WireWriter, { partition, offset, maxBytes }: FetchTarget): void {
  out.int32(partition);
  out.int32(-1); // Whatever the leader's epoch is.
  out.int64(offset);
  out.int64(-1);
  out.int32(maxBytes);
}

/** A topic may come more than once: the order of the partitions is what counts. */
function runsByTopic(targets: readonly FetchTarget[]): FetchTarget[][] {
  const runs: FetchTarget[][] = [];
  for (const target of targets) {
    const last = runs.at(-1);
    if (last?.[0]?.topic === target.topic) last.push(target);
    else runs.push([target]);
  }
  return runs;
}

function readResponse(from: WireReader): FetchResponse {
  from.int32();
  const error = from.int16();
  from.int32();
  const partitions: FetchedPartition[] = [];
  for (let topics = from.int32(); topics > 0; topics--) {
    const topic = from.string() ?? '';
    for (let count = from.int32(); count > 0; count--) partitions.push(readPartition(from, topic));
  }
  return { error, bytes: from.bytes, partitions };
}

function readPartition(from: WireReader, topic: string): FetchedPartition {
  const partition = from.int32();
  const error = from.int16();
  const highWatermark = from.int64();
  const lastStableOffset = from.int64();
  from.int64();
  const aborted = readAborted(from);
  from.int32();
  const { start, end } = from.range();
  return { topic, partition, error, highWatermark, lastStableOffset, aborted, start, end };
}

function readAborted(from: WireReader): readonly AbortedTransaction[] {
  const found = from.array(() => ({ producerId: from.int64(), firstOffset: from.int64() }));
  return found.length > 0 ? found : NONE;
}
