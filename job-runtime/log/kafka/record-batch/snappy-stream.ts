/**
 * Snappy as Kafka's Java client writes it: a header of 16 bytes, then blocks of at most 32 KiB, each behind its length
 * (the framing of xerial's snappy-java). Other clients, librdkafka among them, write one bare block. Both are read.
 */
import { compressSync, uncompressSync } from 'snappy';
import { int32At, putInt32 } from './big-endian.ts';
import { InflatesTooFar } from './inflates-too-far.ts';
import { joinedBytes } from './joined-bytes.ts';

/** Magic, version 1, readable from version 1 on. */
const HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_BYTES = 8;
const BLOCK_BYTES = 32 << 10;
/** Three bytes of Snappy stand for at most 64. */
const LARGEST_RATIO = 22;
/** Memory of the library's own, handed over for each block, costs six times as much as copying. */
const COPIED = { copyOutputData: true };

export function deflateSnappy(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [HEADER];
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const block = compressSync(bytes.subarray(from, from + BLOCK_BYTES), COPIED);
    const length = new Uint8Array(4);
    putInt32(length, 0, block.length);
    parts.push(length, block);
  }
  return joinedBytes(parts);
}

/** Throws an Error for damaged input, InflatesTooFar for one that says it is larger than `maxBytes`. */
export function inflateSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (!isFramed(bytes)) return inflateBlock(bytes, maxBytes);
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let at = HEADER.length; at < bytes.length;) {
    const size = at + 4 > bytes.length ? -1 : int32At(bytes, at);
    if (size < 0 || at + 4 + size > bytes.length) throw new Error('a Snappy block ends early');
    const part = inflateBlock(bytes.subarray(at + 4, at + 4 + size), maxBytes - total);
    parts.push(part);
    total += part.length;
    at += 4 + size;
  }
  return joinedBytes(parts);
}

function isFramed(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER.length) return false;
  for (let at = 0; at < MAGIC_BYTES; at++) if (bytes[at] !== HEADER[at]) return false;
  return true;
}

function inflateBlock(block: Uint8Array, maxBytes: number): Uint8Array {
  const size = declaredSize(block);
  if (size > maxBytes) throw new InflatesTooFar();
  // The library takes memory for what is declared before it looks at the rest.
  if (size > block.length * LARGEST_RATIO) throw new Error('a Snappy block declares more than it can hold');
  return uncompressSync(block, COPIED) as Uint8Array;
}

/** A block begins with its inflated size, seven bits a byte, the lowest first. */
function declaredSize(block: Uint8Array): number {
  let size = 0;
  for (let at = 0; at < 5 && at < block.length; at++) {
    size += (block[at]! & 0x7f) * 2 ** (7 * at);
    if (block[at]! < 0x80) return size;
  }
  throw new Error('a Snappy block has no size');
}
