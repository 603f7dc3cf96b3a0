/** Reports of an operator that does well, for tests to change one thing in. */
import type { QueueState } from '../work-queue.ts';
import type { OperatorReport } from './health.ts';

type Change = Partial<Omit<OperatorReport, 'queue'>> & { readonly queue?: Partial<QueueState> };

export function operatorReport({ queue, ...change }: Change = {}): OperatorReport {
  return {
    isLeader: true,
    isStopping: false,
    unsynced: [],
    queue: {
      loop: 'working',
      depth: 0,
      oldestWaitingMillis: 0,
      running: 0,
      longestRunMillis: 0,
      sinceLastStartMillis: 0,
      ...queue,
    },
    ...change,
  };
}
