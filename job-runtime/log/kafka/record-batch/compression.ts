/**
 * The compressions that Kafka knows, both ways, over the records of a batch as one run of bytes. What comes from a topic
 * may be anyone's, so inflating is bounded: a few hundred bytes can claim to be gigabytes.
 *
 * Damaged input is a RangeError with the rest of a sentence that begins with the batch.
 */
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { deflateLz4, inflateLz4 } from './lz4-frame.ts';
import { InflatesTooFar } from './inflates-too-far.ts';
import { deflateSnappy, inflateSnappy } from './snappy-stream.ts';

/** In the order of their ids in a batch's attributes. */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Compression = (typeof COMPRESSIONS)[number];

/** More than this a batch may not hold. Brokers take 1 MiB by default, compressed. */
const MAX_INFLATED_BYTES: number = 512 << 20;

/** Inflates in larger steps than zlib's 16 KiB, which would cost more in joining them than in inflating. */
const CHUNK_BYTES = 256 << 10;

const DEFLATE: Readonly<Record<Compression, (bytes: Uint8Array) => Uint8Array>> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  snappy: deflateSnappy,
  lz4: deflateLz4,
  zstd: (bytes) => zstdCompressSync(bytes),
};

const INFLATE: Readonly<Record<Compression, (bytes: Uint8Array, maxBytes: number) => Uint8Array>> = {
  none: (bytes) => bytes,
  gzip: (bytes, maxBytes) => gunzipSync(bytes, bounds(bytes, maxBytes)),
  snappy: inflateSnappy,
  lz4: inflateLz4,
  zstd: (bytes, maxBytes) => zstdDecompressSync(bytes, bounds(bytes, maxBytes)),
};

export function compress(compression: Compression, bytes: Uint8Array): Uint8Array {
  return DEFLATE[compression](bytes);
}

/** Throws a RangeError for damaged input and for what inflates to more than `maxBytes`. */
export function decompress(
  compression: Compression,
  bytes: Uint8Array,
  maxBytes: number = MAX_INFLATED_BYTES,
): Uint8Array {
  try {
    return INFLATE[compression](bytes, maxBytes);
  } catch (cause) {
    if (isTooLarge(cause)) {
      throw new RangeError(`inflates to more than ${maxBytes} bytes`, { cause });
    }
    throw new RangeError(`holds damaged ${compression} data`, { cause });
  }
}

/** Small batches get a small first buffer. */
function bounds(bytes: Uint8Array, maxOutputLength: number): { maxOutputLength: number; chunkSize: number } {
  const likely = Math.min(Math.max(bytes.length * 8, constants.Z_MIN_CHUNK), CHUNK_BYTES);
  return { maxOutputLength, chunkSize: likely };
}

function isTooLarge(cause: unknown): boolean {
  return cause instanceof InflatesTooFar || (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
}
