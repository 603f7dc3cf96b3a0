/** What a job's status and events say of a failure on the way to Kafka. */
import { isStreamJobError } from '../../job-runtime/errors.ts';
import type { KafkaTrouble } from '../reconcile/observed.ts';

/** The runtime's code and words; what is no error of the runtime counts as a log that cannot be reached. */
export function troubleOf(error: unknown): KafkaTrouble {
  if (isStreamJobError(error)) return { code: error.code, message: error.message };
  const text = error instanceof Error ? error.message : String(error);
  return { code: 'LogUnavailable', message: `cannot ask Kafka: ${text.split('\n')[0]!.trim()}` };
}

/** Whether a failure is likely one of the cluster, and not of the one job that was asked about. */
export function isOfCluster({ code }: KafkaTrouble): boolean {
  return code === 'LogUnavailable' || code === 'NotAuthenticated';
}
