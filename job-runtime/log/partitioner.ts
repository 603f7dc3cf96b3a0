/**
 * Which partition a record goes to. Keyed records follow Kafka's Java client (murmur2), so that records written by
 * other programs and by ours meet in the same partition. Null keys go round in turn: Java's sticky choice depends on
 * batches and would make results depend on timing.
 */
const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** org.apache.kafka.common.utils.Utils.murmur2 over bytes[start, end); a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const length = end - start;
  let h = SEED ^ length;
  const tail = start + (length & ~3);
  for (let i = start; i < tail; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length & 3;
  if (rest === 3) h ^= bytes[tail + 2]! << 16;
  if (rest >= 2) h ^= bytes[tail + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[tail]!, M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/** The partition of a keyed record: toPositive(murmur2(key)) % partitions. */
export function partitionOf(partitions: number, key: Uint8Array, start = 0, end: number = key.length): number {
  return (murmur2(key, start, end) & 0x7fffffff) % partitions;
}

export class Partitioner {
  private readonly partitions: number;
  private next: number;

  /** `next` is the partition of the first record without a key. */
  constructor(partitions: number, next = 0) {
    this.partitions = partitions;
    this.next = next % partitions;
  }

  partition(key: Uint8Array | null): number {
    if (key !== null) return partitionOf(this.partitions, key);
    const partition = this.next;
    this.next = partition + 1 === this.partitions ? 0 : partition + 1;
    return partition;
  }
}
