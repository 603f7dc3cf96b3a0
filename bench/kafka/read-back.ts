/** Reads what a job has written to its topic, as a committed reader sees it. */
import type { Log } from '../../job-runtime/log/log.ts';

const FETCH_BYTES = 8 << 20;

export type Row = Readonly<Record<string, unknown>>;

/** Calls `take` with each row and the timestamp of its record. */
export async function readRows(log: Log, topic: string, take: (row: Row, timestamp: number) => void): Promise<void> {
  const partitions = await log.partitionCount(topic);
  const decoder = new TextDecoder();
  for (let partition = 0; partition < partitions; partition++) {
    const { end } = await log.offsets({ topic, partition });
    for (let offset = 0; offset < end;) {
      const batch = await log.fetch({ topic, partition }, offset, FETCH_BYTES);
      if (!batch) break;
      for (let row = 0; row < batch.count; row++) {
        const value = decoder.decode(batch.bytes.subarray(batch.valueStart[row], batch.valueEnd[row]));
        take(JSON.parse(value) as Row, batch.timestamp[row]!);
      }
      offset = batch.nextOffset;
    }
  }
}
