/** What fake brokers answer to the requests of a transaction, and what those held. */
import { StreamJobError } from '../../errors.ts';
import type { Answer, SentRequest } from './fake-brokers.test-kit.ts';
import { readByTopic } from './protocol/by-topic.ts';
import { WireReader } from './protocol/wire.ts';
import { decodeRecordSet } from './record-batch/decode.ts';

export interface SentBatch {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly baseSequence: number;
  readonly values: readonly string[];
}

const BASE_SEQUENCE_AT = 53;

/** What a Produce request holds. */
export function batchesOf({ bytes }: SentRequest): SentBatch[] {
  const from = new WireReader(bytes);
  from.string();
  from.int16();
  from.int32();
  return readByTopic(from, (topic) => {
    const partition = from.int32();
    const { start, end } = from.range();
    const options = { topic, partition, fetchOffset: 0, abortedTransactions: [] };
    const { batch } = decodeRecordSet(bytes, start, end, options);
    const values = Array.from({ length: batch.count }, (_, row) =>
      Buffer.from(batch.bytes.subarray(batch.valueStart[row]!, batch.valueEnd[row]!)).toString(),
    );
    const baseSequence = new DataView(bytes.buffer, start).getInt32(BASE_SEQUENCE_AT);
    return { name: `${topic}/${partition}`, bytes: bytes.slice(start, end), baseSequence, values };
  });
}

/** Takes every batch, at offset 100 × the count of its request; or answers with an error. */
export const produced =
  (error: (batch: SentBatch, count: number) => number = () => 0): Answer =>
  (sent, count) =>
  (out) => {
    out.array(batchesOf(sent), (batch) => {
      const [topic, partition] = batch.name.split('/');
      out.string(topic!);
      out.array([Number(partition)], (index) => {
        /** To a request that is answered with an error code. */
        const code = error(batch, count);
        out.int32(index);
        out.int16(code);
        out.int64(code === 0 ? count * 100 : -1);
        out.int64(-1);
        out.int64(0);
      });
    });
    out.int32(0);
  };

/** To a request that is answered with an error code. */
export const code =
  (error: (count: number) => number = () => 0): Answer =>
  (_sent, count) =>
  (out) => {
    out.int32(0);
    out.int16(error(count));
  };

export const positionsTaken =
  (error: (count: number) => number = () => 0): Answer =>
  (_sent, count) =>
  (out) => {
    out.int32(0);
    out.compactArray(['t'], (topic) => {
      out.compactString(topic);
      out.compactArray([0], (partition) => {
        out.int32(partition);
        out.int16(error(count));
        out.noTags();
      });
      out.noTags();
    });
    out.noTags();
  };

/** The connection fails, whatever became of the request. */
export const lost = (): never => {
  throw new StreamJobError('LogUnavailable', 'the connection was closed');
};
