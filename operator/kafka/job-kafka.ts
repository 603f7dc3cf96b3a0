/**
 * What Kafka tells of a job: a look at its topics, its group and the record of its run, in as few requests as there can
 * be. The record never changes once it stands, so it is read once.
 */
import { groupName, runTopic } from '../../crds/identity.ts';
import { isStreamJobError } from '../../job-runtime/errors.ts';
import type { Log } from '../../job-runtime/log/log.ts';
import { readRun } from '../../job-runtime/state/run-record.ts';
import type { RunRecord } from '../../job-runtime/state/run-record.ts';
import type { KafkaFacts, ProgressFacts, RunFacts } from '../reconcile/observed.ts';
import type { AskedCluster } from './clusters.ts';
import { progressOf, shuffleTopics } from './job-progress.ts';
import type { JobInKafka } from './job-progress.ts';
import { troubleOf } from './trouble.ts';

/** What was seen of one run of one job. */
export interface KafkaSight {
  readonly facts: KafkaFacts;
  readonly record?: RunRecord | undefined;
}

export interface Look {
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

export const NOTHING_SEEN: KafkaSight = { facts: {} };

/** The record stands under a transaction that is about to end, or one whose owner has gone. */
const RECORD_PATIENCE_MILLIS = 10_000;
/** Rates over less say nothing. */
const LEAST_RATE_MILLIS = 10_000;

/** `before`: of the same run. Throws what the cluster throws; a topic or a group that is missing is no failure. */
export async function observeKafka(
  { log, admin }: AskedCluster,
  job: JobInKafka,
  before: KafkaSight,
  { now, signal }: Look,
): Promise<KafkaSight> {
  const { identity, topic } = job;
  const [ends, committed] = await Promise.all([
    admin.ends([topic, runTopic(identity), ...shuffleTopics(job)]),
    admin.committed(groupName(identity)),
  ]);
  const isRecorded = before.record === undefined && ends.has(runTopic(identity));
  const record = isRecorded ? await readRecord(log, runTopic(identity), signal) : before.record;
  const at = now();
  const partitions = ends.get(topic)?.length;
  const progress = record && progressOf(job, { at, record, ends, committed });
  const earlier = progress && earlierOf(before.facts, progress);
  return {
    record,
    facts: {
      at,
      ...(partitions !== undefined && { partitions }),
      ...(record && { run: runFacts(record) }),
      ...(progress && { progress }),
      ...(earlier && { earlier }),
    },
  };
}

/** After a failure: what was known is still the best there is. */
export function withTrouble(before: KafkaSight, failure: unknown): KafkaSight {
  return { ...before, facts: { ...before.facts, trouble: troubleOf(failure) } };
}

async function readRecord(log: Log, topic: string, signal: AbortSignal | undefined): Promise<RunRecord | undefined> {
  try {
    return await readRun(log, topic, { signal, patienceMillis: RECORD_PATIENCE_MILLIS });
  } catch (failure) {
    if (isStreamJobError(failure, 'TopicNotFound')) return undefined;
    throw failure;
  }
}

function runFacts({ uid, partitions, shufflePartitions, fingerprint }: RunRecord): RunFacts {
  return { uid, partitions, shufflePartitions, fingerprint };
}

/** One that is old enough to tell a rate by; where polls come fast, it stays for a while before it gives way. */
function earlierOf({ progress, earlier }: KafkaFacts, present: ProgressFacts): ProgressFacts | undefined {
  if (!progress || present.at - progress.at >= LEAST_RATE_MILLIS) return progress;
  return earlier && present.at - earlier.at < 2 * LEAST_RATE_MILLIS ? earlier : progress;
}
