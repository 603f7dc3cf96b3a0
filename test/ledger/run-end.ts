/**
 * Where the run ends: the producer of the first job records it in that job's run topic when all is produced. The second
 * job reads the same topic and has no producer, so its end is recorded here, with the same offsets.
 */
import { runTopic } from '../../crds/identity.ts';
import { isStreamJobError } from '../../job-runtime/errors.ts';
import { openKafka } from '../../job-runtime/log/kafka/open-kafka.ts';
import { readStop, recordStop } from '../../job-runtime/state/run-record.ts';
import { identityOf } from './jobs.ts';

export interface RunEnd {
  /** Resolves with whether the end is known, to both jobs; asking again is safe. */
  readonly passOn: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export function endOfRun(brokers: readonly string[]): RunEnd {
  const cluster = openKafka({ brokers: [...brokers] }, () => Promise.resolve({}), { clientId: 'ledger' });
  const { log } = cluster;
  const [from, to] = [runTopic(identityOf('keyed')), runTopic(identityOf('shuffled'))];
  return {
    passOn: async () => {
      try {
        const stopOffsets = await readStop(log, from);
        if (!stopOffsets) return false;
        const writer = log.writer('ledger');
        await writer.open();
        await recordStop(log, writer, to, { stopOffsets, now: Date.now() });
        return true;
      } catch (error) {
        if (isStreamJobError(error) && (error.retryable || error.code === 'TopicNotFound')) return false;
        throw error;
      }
    },
    close: () => cluster.close(),
  };
}
