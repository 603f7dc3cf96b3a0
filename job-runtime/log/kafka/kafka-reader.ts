/**
 * Reads many partitions of Kafka at once, in the background and ahead of who polls. What is read ahead is bounded, so
 * that a partition nobody polls holds up itself alone; one that cannot be read is tried again until it can, unless only
 * the poller can tell what to do.
 */
import type { Trouble } from '../../errors.ts';
import type { LogReader, ReadBound, ReadResult, TopicPartition } from '../log.ts';
import type { KafkaConnections } from './connections.ts';
import { FetchLoops } from './reader/fetch-loops.ts';
import { LeaderSearch } from './reader/leader-search.ts';
import { ReadAhead } from './reader/read-ahead.ts';
import { READER_DEFAULTS } from './reader/reader-options.ts';
import type { KafkaReaderOptions } from './reader/reader-options.ts';
import { Recovery } from './reader/recovery.ts';

export type { KafkaReaderOptions } from './reader/reader-options.ts';

export class KafkaReader implements LogReader {
  private readonly ahead: ReadAhead;

  constructor(
    connections: Pick<KafkaConnections, 'send' | 'metadata' | 'forgetTopic'>,
    changes: Partial<KafkaReaderOptions> = {},
  ) {
    const options = { ...READER_DEFAULTS, ...changes };
    this.ahead = new ReadAhead(options);
    const recovery = new Recovery(connections, this.ahead, options);
    const loops = new FetchLoops(connections, this.ahead, recovery, options);
    void new LeaderSearch(connections, this.ahead, recovery).run((node) => loops.start(node));
  }

  assign(positions: readonly (TopicPartition & { readonly offset: number })[]): void {
    if (!this.ahead.isClosed) this.ahead.assign(positions);
  }

  /**
   * About 4 MiB at most, so that the caller gets round to other work. A failure of a partition is thrown once, behind
   * what was read before it; assign the partition elsewhere, or leave it out, else it is tried again: OffsetOutOfRange,
   * TopicNotFound, RecordsUnreadable.
   */
  async poll(waitMillis: number): Promise<readonly ReadResult[]> {
    const deadline = performance.now() + waitMillis;
    while (!this.ahead.isClosed) {
      const failure = this.ahead.takeFailure();
      if (failure !== undefined) throw failure;
      const results = this.ahead.take();
      const left = deadline - performance.now();
      if (results.length > 0 || left <= 0) return results;
      await this.ahead.arrived.wait(Math.ceil(left));
    }
    return [];
  }

  /** Committed records end at the last stable offset, as of the last answer that had no error. */
  bound(of: TopicPartition): ReadBound | undefined {
    return this.ahead.get(of)?.bound;
  }

  get trouble(): Trouble | undefined {
    for (const { trouble } of this.ahead.all()) if (trouble !== undefined) return trouble;
    return undefined;
  }

  /** What a request under way brings is forgotten; it is not waited for. */
  async close(): Promise<void> {
    this.ahead.close();
  }
}
