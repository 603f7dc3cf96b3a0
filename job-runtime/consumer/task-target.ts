/**
 * Where the rows of a task go: records of its own transaction, or an outbox whose sealed batches are delivered after
 * the commit that sealed them and acknowledged in a later one.
 */
import type { Transaction } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { RowTarget } from '../outbox/row-target.ts';
import type { Delivery } from '../sinks/registry.ts';

export interface TaskTarget extends RowTarget {
  /** Puts what belongs into the transaction of a commit there; called once in each, before `writeChanges`. */
  appendTo(transaction: Pick<Transaction, 'append'>, timestamp: number): void;
  /** The outbox behind it; undefined for a sink that is a topic. */
  readonly outbox: Outbox | undefined;
}

/** `partitions`: of each topic that rows may go to. */
export function createTarget(delivery: Delivery, task: number, partitions: ReadonlyMap<string, number>): TaskTarget {
  if (delivery.kind === 'topic') return Object.assign(delivery.createRows(task, partitions), { outbox: undefined });
  const outbox = delivery.createOutbox(task);
  return Object.assign(outbox, { outbox, appendTo: () => sealLive(outbox, delivery.isLive) });
}

/** What prints as it goes seals at each commit. */
function sealLive(outbox: Outbox, isLive: boolean): void {
  if (isLive) outbox.sealOpen();
}
