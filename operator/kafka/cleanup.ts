/**
 * Takes from Kafka what a deleted job leaves there: its groups, the topics of its runs and, if it says so, the topic that
 * it reads. What is gone already is fine, so that it can be called until it succeeds.
 */
import { groupName, runPrefix } from '../../crds/identity.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import type { KafkaCleanup } from '../reconcile/plan.ts';
import type { AskedCluster } from './clusters.ts';

/**
 * Throws LogUnavailable, which is worth another try, while a group still has members: their pods have not left yet, and
 * would lose the topics under their hands.
 */
export async function cleanKafka(
  { admin }: Pick<AskedCluster, 'admin'>,
  job: Omit<JobIdentity, 'run'>,
  { runs, topic }: KafkaCleanup,
): Promise<void> {
  const identities = runs.map((run) => ({ ...job, run }));
  for (const identity of identities) await admin.deleteGroup(groupName(identity));
  const found = await Promise.all(identities.map((identity) => admin.topicsWithPrefix(`${runPrefix(identity)}.`)));
  await admin.deleteTopics([...found.flat(), ...(topic === undefined ? [] : [topic])]);
}
