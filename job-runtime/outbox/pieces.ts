/**
 * Bytes that only grow, kept in a task's state piece by piece: a piece that is full is written once, and again only
 * when the chunk that it stands in is emptied. So neither a large batch nor one that fills slowly is written over and
 * over.
 */
import type { ChangeWriter } from '../engine/changes.ts';
import { writtenTo } from '../engine/changes.ts';

/** Several fit a chunk, and what is written twice of a piece that is not full yet stays little. */
const PIECE_BYTES = 32 * 1024;

export class Pieces {
  /** By piece, when it was last written (see writtenTo). */
  private readonly written: number[] = [];
  /** The bytes as far as they were written. */
  private length = 0;

  /** Writes the pieces of bytes[0, length) that are due: `name`, then the piece's number and bytes. */
  write(
    out: ChangeWriter,
    rewriteBefore: number,
    { bytes, length }: { bytes: Uint8Array; length: number },
    name: () => void,
  ): void {
    for (let index = 0; index * PIECE_BYTES < length; index++) {
      const end = Math.min(length, (index + 1) * PIECE_BYTES);
      if (end <= this.length && this.written[index]! > rewriteBefore) continue;
      name();
      out.body.varint(index);
      out.body.blob(bytes, index * PIECE_BYTES, end);
      this.written[index] = writtenTo(out.chunk);
      out.boundary();
    }
    this.length = length;
  }

  /** New bytes that stand nowhere yet. */
  clear(): void {
    this.written.length = 0;
    this.length = 0;
  }

  /** Takes over the first `length` bytes as they were read. Throws a RangeError where some are missing. */
  static from(read: ReadPieces, length: number): { readonly pieces: Pieces; readonly bytes: Uint8Array } {
    const pieces = new Pieces();
    const bytes = new Uint8Array(length);
    for (let index = 0; index * PIECE_BYTES < length; index++) {
      const start = index * PIECE_BYTES;
      const piece = read.get(index);
      if (piece?.bytes.length !== Math.min(PIECE_BYTES, length - start))
        throw new RangeError('state lacks a piece of a batch that is not delivered yet');
      bytes.set(piece.bytes, start);
      pieces.written[index] = writtenTo(piece.chunk);
    }
    pieces.length = length;
    return { pieces, bytes };
  }
}

/** Pieces by their number, each as it was read last. */
export type ReadPieces = ReadonlyMap<number, { readonly bytes: Uint8Array; readonly chunk: number }>;
