/** The status of a pod, from what is known of its one container. */
import type { ContainerState, Pod, Terminated } from './shapes.ts';
import { firstContainer } from './shapes.ts';

export type PodView = Readonly<{
  pod: Pod;
  ip: string;
  createdAt: string;
  state: ContainerState;
  lastTerminated: Terminated | undefined;
  restartCount: number;
  isStarted: boolean;
  isReady: boolean;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
}>;

export type Condition = Readonly<{
  type: string;
  status: 'True' | 'False';
  reason?: string;
  message?: string;
  lastTransitionTime: string;
}>;

/** `previous` are the conditions of the last status: one that did not turn keeps its time. */
export function statusOf(view: PodView, previous: readonly Condition[], now: string): { conditions: Condition[] } {
  const { pod, ip, createdAt, state, lastTerminated, restartCount, isStarted, isReady, phase } = view;
  const { name, image } = firstContainer(pod);
  return {
    ...{ phase, hostIP: '127.0.0.1', podIP: ip, podIPs: [{ ip }], startTime: createdAt },
    conditions: conditionsOf(view, previous, now),
    ...{
      containerStatuses: [
        {
          ...{ name, image, imageID: image, state, restartCount },
          lastState: lastTerminated ? { terminated: lastTerminated } : {},
          containerID: `process://${pod.metadata.uid}/${restartCount}`,
          started: isStarted,
          ready: isReady,
        },
      ],
    },
  };
}

function conditionsOf({ pod, isReady, phase }: PodView, previous: readonly Condition[], now: string): Condition[] {
  const trouble =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${firstContainer(pod).name}]` };
  const readiness = isReady ? { status: 'True' as const } : { status: 'False' as const, ...trouble };
  const wanted = [
    { type: 'PodScheduled', status: 'True' as const },
    { type: 'Initialized', status: 'True' as const },
    { type: 'ContainersReady', ...readiness },
    { type: 'Ready', ...readiness },
  ];
  return wanted.map((condition) => {
    const before = previous.find(({ type }) => type === condition.type);
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : now;
    return { ...condition, lastTransitionTime };
  });
}
