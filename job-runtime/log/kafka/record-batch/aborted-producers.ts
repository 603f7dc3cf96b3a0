/**
 * Which batches a committed reader does not see. A Fetch response lists the aborted transactions of its range by
 * producer and first offset; a transaction of a producer ends at that producer's next marker. As the Java client does it.
 */
import type { BatchHeader } from './batch-header.ts';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export class AbortedProducers {
  private readonly transactions: readonly AbortedTransaction[];
  private next = 0;
  private readonly aborting = new Set<number>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.transactions = transactions.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the records of a batch were aborted. Call it for each batch in order, markers included. */
  hides(batch: BatchHeader): boolean {
    while (this.next < this.transactions.length && this.transactions[this.next]!.firstOffset <= batch.lastOffset) {
      this.aborting.add(this.transactions[this.next++]!.producerId);
    }
    return batch.isTransactional && this.aborting.has(batch.producerId);
  }

  /** The producer's transaction ends here, with an ABORT marker. */
  end(producerId: number): void {
    this.aborting.delete(producerId);
  }
}
