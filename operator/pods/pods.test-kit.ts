/** Pods as Kubernetes writes them, for tests. */
import type { KubeObject, ObjectMeta } from '../resources/kube-object.ts';

export function pod(status: unknown, metadata: Partial<ObjectMeta> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'rides-consumer-7d4b9c-x2x5p',
      namespace: 'taxi',
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: {
        'app.kubernetes.io/component': 'consumer',
        'streamjob.dev/revision': '0123abcd',
        'streamjob.dev/run': 'k3x9',
      },
      ...metadata,
    },
    status,
  };
}

export const BEGUN = '2026-01-02T03:10:00Z';

/** Container runtime of a pod that has a node; `ready`: since when it is not ready. */
export function withContainer(container: object, ready = '2026-01-02T03:09:59Z'): unknown {
  return {
    phase: 'Running',
    podIP: '10.1.2.3',
    conditions: [
      { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-02T03:04:05Z' },
      {
        type: 'Ready',
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [runtime]',
        lastTransitionTime: ready,
      },
    ],
    containerStatuses: [
      {
        name: 'runtime',
        image: 'ghcr.io/acme/streamjob:0.1.0',
        imageID: '',
        ready: false,
        started: false,
        restartCount: 0,
        lastState: {},
        state: {},
        ...container,
      },
    ],
  };
}

export const waiting = (reason: string, message?: string): object => ({ waiting: { reason, message } });
export const ended = (exitCode: number, change: object = {}): object => ({
  terminated: {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: '2026-01-02T03:09:00Z',
    finishedAt: '2026-01-02T03:09:58Z',
    containerID: 'containerd://0f',
    ...change,
  },
});
export const running = { running: { startedAt: BEGUN } };
