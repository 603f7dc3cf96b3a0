/** What groups have committed: positions that count already, and that a transaction is about to change. */
import { partitionName } from '../log.ts';
import type { CommittedPosition, TopicPartition } from '../log.ts';
import { assertAccepted, BrokerRefusal, UNSTABLE_OFFSET_COMMIT } from './broker-refusal.ts';
import { onGroup, onTopic } from './failures/trial.ts';
import type { PatientRequests } from './patient-requests.ts';
import { offsetFetchRequest } from './protocol/offset-fetch.ts';
import type { FetchedPosition } from './protocol/offset-fetch.ts';

export async function committedPositions(
  requests: PatientRequests,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<number, CommittedPosition>> {
  const stable = await fetchPositions(requests, group, { partitions, isStable: true });
  const pending = stable.filter(({ error }) => error === UNSTABLE_OFFSET_COMMIT);
  // A stable answer says nothing of what was committed before.
  const before =
    pending.length === 0 ? [] : await fetchPositions(requests, group, { partitions: pending, isStable: false });
  const positions = new Map<number, CommittedPosition>();
  for (const { partition } of pending) positions.set(partition, { isPending: true });
  for (const found of [...stable, ...before]) {
    const { topic, partition, offset, metadata } = found;
    if (offset < 0) continue;
    positions.set(partition, { position: { topic, partition, offset, metadata }, isPending: positions.has(partition) });
  }
  return positions;
}

interface Wanted {
  readonly partitions: readonly TopicPartition[];
  readonly isStable: boolean;
}

function fetchPositions(
  requests: PatientRequests,
  group: string,
  { partitions, isStable }: Wanted,
): Promise<readonly FetchedPosition[]> {
  const { connections } = requests;
  return requests.atCoordinator('group', group, async (node) => {
    const found = await connections.send(node, 'control', offsetFetchRequest(group, partitions, isStable));
    const what = `read the positions of group "${group}"`;
    assertAccepted(found.error, what, { asked: [onGroup(group)] });
    for (const part of found.partitions) {
      const { error, topic } = part;
      if (error !== 0 && error !== UNSTABLE_OFFSET_COMMIT)
        throw new BrokerRefusal(error, `${what} for ${partitionName(part)}`, { asked: [onTopic('DESCRIBE', topic)] });
    }
    return found.partitions;
  });
}
