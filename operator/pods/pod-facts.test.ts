import { describe, expect, it } from '@jest/globals';
import type { PodFacts } from '../reconcile/observed.ts';
import type { ObjectMeta } from '../resources/kube-object.ts';
import { podFacts } from './pod-facts.ts';
import { BEGUN, ended, pod, running, withContainer } from './pods.test-kit.ts';

describe('podFacts', () => {
  it('tells of a pod that works', () => {
    const status = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: BEGUN }],
      initContainerStatuses: [{ name: 'init', restartCount: 1, state: ended(0) }],
      containerStatuses: [
        { name: 'runtime', ready: true, restartCount: 2, state: running, lastState: ended(1) },
        { name: 'sidecar', ready: true, restartCount: 3, state: running, lastState: {} },
      ],
    };
    expect(podFacts(pod(status))).toEqual({
      name: 'rides-consumer-7d4b9c-x2x5p',
      role: 'consumer',
      revision: '0123abcd',
      run: 'k3x9',
      isReady: true,
      isDeleting: false,
      restarts: 6,
      createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
  });

  it.each<{ title: string; status: unknown; metadata?: Partial<ObjectMeta>; want: Partial<PodFacts> }>([
    {
      title: 'a producer',
      status: {},
      metadata: { labels: { 'app.kubernetes.io/component': 'producer' } },
      want: { role: 'producer', revision: '', run: '', isReady: false },
    },
    { title: 'a pod that was just made', status: undefined, want: { isReady: false, restarts: 0 } },
    { title: 'a status that is none', status: { conditions: 'none' }, want: { isReady: false, restarts: 0 } },
    {
      title: 'a pod that is being deleted, which is not ready any more',
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
      metadata: { deletionTimestamp: BEGUN },
      want: { isReady: false, isDeleting: true },
    },
  ])('tells of $title', ({ status, metadata, want }) => {
    const facts = podFacts(pod(status, metadata));
    expect(facts).toMatchObject(want);
    expect(facts).not.toHaveProperty('failure');
  });

  it.each<{ title: string; status: unknown; want: PodFacts['failure'] }>([
    {
      title: 'no node has room',
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient cpu.\nno new claims to deallocate.',
          },
        ],
      },
      want: {
        reason: 'Unschedulable',
        message: '0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate.',
      },
    },
    {
      title: 'it is held back from the scheduler',
      status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      want: { reason: 'SchedulingGated', message: 'no node takes the pod' },
    },
    {
      title: 'it was evicted',
      status: {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi. ',
        containerStatuses: [{ name: 'runtime', restartCount: 0, state: ended(137) }],
      },
      want: {
        reason: 'Evicted',
        message: 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi.',
      },
    },
    {
      title: 'its node refused it',
      status: { phase: 'Failed', reason: 'OutOfcpu', message: '' },
      want: { reason: 'OutOfcpu', message: 'the pod was ended by its node' },
    },
    {
      title: 'its node is gone',
      status: { phase: 'Running', reason: 'NodeLost', message: 'Node a which was running pod b is unresponsive' },
      want: { reason: 'NodeLost', message: 'Node a which was running pod b is unresponsive' },
    },
    {
      title: 'it ended for good',
      status: { phase: 'Failed' },
      want: { reason: 'Failed', message: 'the pod was ended by its node' },
    },
  ])('says why a pod does not run: $title', ({ status, want }) => {
    expect(podFacts(pod(status)).failure).toEqual(want);
  });

  it('says nothing of the failure of a pod that is being deleted', () => {
    const status = withContainer({ state: ended(137) });
    expect(podFacts(pod(status, { deletionTimestamp: BEGUN }))).not.toHaveProperty('failure');
  });
});
