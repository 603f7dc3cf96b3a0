import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchAt, decode, markerAt, word, wordsOf } from '../../../../test/builders/record-batches.ts';
import type { AbortedTransaction } from './decode.ts';

/** What a producer does next: some records in its transaction, some outside of any, or the end of its transaction. */
type Step = Readonly<{ producer: number; does: 'write' | 'ABORT' | 'COMMIT' | 'writeOutside'; records: number }>;

const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    producer: fc.nat(2),
    does: fc.constantFrom('write', 'write', 'ABORT', 'COMMIT', 'writeOutside'),
    records: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 10, maxLength: 30, size: 'max' },
);

interface Written {
  readonly offset: number;
  /** Index of the step. */
  readonly step: number;
}

/** A partition with all that a reader needs, and the naive truth: for each record, how its transaction ended. */
class Partition {
  readonly batches: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  readonly aborted: (AbortedTransaction & { readonly marker: number })[] = [];
  readonly records: Written[] = [];
  private readonly steps: readonly Step[];
  private end = 0;

  constructor(steps: readonly Step[]) {
    this.steps = steps;
    steps.forEach((step, index) => this.on(step, index));
  }

  isAborted({ step }: Written): boolean {
    const { producer, does } = this.steps[step]!;
    if (does !== 'write') return false;
    const later = this.steps.slice(step).filter((other) => other.producer === producer);
    return later.find((other) => other.does === 'ABORT' || other.does === 'COMMIT')?.does === 'ABORT';
  }

  private on({ producer: producerId, does, records }: Step, index: number): void {
    const offset = this.end;
    if (does === 'ABORT' || does === 'COMMIT') {
      if (does === 'ABORT') this.noteAborted(producerId, index, offset);
      this.push(markerAt(offset, producerId, does), 1);
      return;
    }
    const written = Array.from({ length: records }, (_, row) => word(`${offset + row}`));
    written.forEach((_, row) => this.records.push({ offset: offset + row, step: index }));
    const options = { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: does === 'write' };
    this.push(batchAt(offset, written, options), records);
  }

  private push(bytes: Uint8Array, offsets: number): void {
    this.batches.push({ offset: this.end, bytes });
    this.end += offsets;
  }

  private noteAborted(producerId: number, index: number, marker: number): void {
    const ended = this.steps.findLastIndex(
      (other, at) => at < index && other.producer === producerId && (other.does === 'ABORT' || other.does === 'COMMIT'),
    );
    const first = this.records.find(
      ({ step }) => step > ended && this.steps[step]!.producer === producerId && this.steps[step]!.does === 'write',
    );
    if (first) this.aborted.push({ producerId, firstOffset: first.offset, marker });
  }
}

describe('a committed reader', () => {
  test('sees the records of all transactions but the aborted ones, from wherever it begins', () => {
    fc.assert(
      fc.property(anySteps, fc.nat(30), (steps, anywhere) => {
        const partition = new Partition(steps);
        const from = Math.max(
          partition.batches.findLastIndex(({ offset }) => offset <= anywhere),
          0,
        );
        const fetchOffset = Math.max(anywhere, partition.batches[from]?.offset ?? 0);
        // As a broker does it: those that overlap the range, in no promised order.
        const abortedTransactions = partition.aborted.filter(({ marker }) => marker >= fetchOffset).reverse();
        const sent = partition.batches.slice(from).map(({ bytes }) => bytes);
        const want = partition.records.filter((record) => record.offset >= fetchOffset && !partition.isAborted(record));
        const { batch } = decode(sent, { fetchOffset, abortedTransactions });
        expect(wordsOf(batch)).toEqual(want.map(({ offset }) => `${offset}`));
      }),
      { numRuns: 400 },
    );
  });

  const SET = [
    batchAt(0, [word('a')], { producerId: 7, isTransactional: true }),
    batchAt(1, [word('b')], { producerId: 8, isTransactional: true }),
    markerAt(2, 7, 'ABORT'),
    batchAt(3, [word('c')], { producerId: 7, isTransactional: true }),
    markerAt(4, 8, 'COMMIT'),
    markerAt(5, 7, 'COMMIT'),
  ];

  test('sees the same producer again once its aborted transaction has ended', () => {
    const { batch } = decode(SET, { abortedTransactions: [{ producerId: 7, firstOffset: 0 }] });
    expect(wordsOf(batch)).toEqual(['b', 'c']);
    expect(batch.nextOffset).toBe(6);
  });

  test('that takes everything sees the aborted records, too, and no marker', () => {
    expect(wordsOf(decode(SET).batch)).toEqual(['a', 'b', 'c']);
  });
});
