/**
 * LZ4 as Kafka uses it: one frame of independent blocks (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md).
 * The frame is read and written here and only its blocks are left to the library, whose own frames cost five times as
 * much, have no bound, and may end early without an error. Checksums in a frame are passed over: the batch has its own.
 */
import { Buffer } from 'node:buffer';
import { compressSync, uncompressSync } from 'lz4-napi';
import { InflatesTooFar } from './inflates-too-far.ts';
import { joinedBytes } from './joined-bytes.ts';

/** Little-endian, as everything in a frame. */
const MAGIC = 0x184d2204;
/** Version 1, independent blocks of 64 KiB, no checksums; the last byte is the checksum of the two before. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const BLOCK_BYTES = 64 << 10;
const FLAGS_AT = 4;
const BLOCK_SIZE_AT = 5;
const VERSION_BITS = 0xc0;
const VERSION = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
/** In front of a block's length: the block is not compressed. */
const STORED_BIT = 0x80000000;
/** The library's blocks begin with their inflated size, a frame's do not. */
const SIZE_BYTES = 4;
/** A byte of LZ4 stands for at most this many. */
const LARGEST_RATIO = 255;

export function deflateLz4(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [HEADER];
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const plain = asBuffer(bytes.subarray(from, from + BLOCK_BYTES));
    const block = compressSync(plain).subarray(SIZE_BYTES);
    const isSmaller = block.length < plain.length;
    parts.push(lengthField(isSmaller ? block.length : plain.length + STORED_BIT), isSmaller ? block : plain);
  }
  parts.push(lengthField(0));
  return joinedBytes(parts);
}

/** Throws an Error for a damaged frame, InflatesTooFar for one that comes out larger than `maxBytes`. */
export function inflateLz4(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const frame = asBuffer(bytes);
  const { blockBytes, trailer, blocksAt } = descriptor(frame);
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = blocksAt;
  for (let length = lengthAt(frame, at); length !== 0; length = lengthAt(frame, at)) {
    const size = length % STORED_BIT;
    const block = frame.subarray(at + 4, at + 4 + size);
    if (block.length < size || size > blockBytes) throw new Error('an LZ4 block is too long');
    const part = length >= STORED_BIT ? block : inflateBlock(block, blockBytes);
    parts.push(part);
    total += part.length;
    if (total > maxBytes) throw new InflatesTooFar();
    at += 4 + size + trailer;
  }
  return joinedBytes(parts);
}

function descriptor(frame: Buffer): Readonly<{ blockBytes: number; trailer: number; blocksAt: number }> {
  if (frame.length < HEADER.length || frame.readUInt32LE(0) !== MAGIC) throw new Error('this is no LZ4 frame');
  const flags = frame[FLAGS_AT]!;
  if ((flags & VERSION_BITS) !== VERSION) throw new Error('the LZ4 frame has an unknown version');
  if (!(flags & INDEPENDENT_BLOCKS)) throw new Error('the LZ4 frame has blocks that depend on each other');
  const sizeCode = (frame[BLOCK_SIZE_AT]! >> 4) & 7;
  if (sizeCode < 4) throw new Error('the LZ4 frame has an unknown block size');
  return {
    blockBytes: 2 ** (8 + 2 * sizeCode),
    trailer: flags & BLOCK_CHECKSUMS ? 4 : 0,
    blocksAt: HEADER.length + (flags & CONTENT_SIZE ? 8 : 0),
  };
}

function inflateBlock(block: Buffer, blockBytes: number): Uint8Array {
  const sized = Buffer.allocUnsafe(SIZE_BYTES + block.length);
  sized.writeUInt32LE(Math.min(blockBytes, block.length * LARGEST_RATIO), 0);
  sized.set(block, SIZE_BYTES);
  return uncompressSync(sized);
}

/** 0 ends the frame. */
function lengthAt(frame: Buffer, at: number): number {
  if (at + 4 > frame.length) throw new Error('the LZ4 frame ends early');
  return frame.readUInt32LE(at);
}

function lengthField(length: number): Uint8Array {
  const field = Buffer.allocUnsafe(4);
  field.writeUInt32LE(length, 0);
  return field;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
