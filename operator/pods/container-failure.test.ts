import { describe, expect, it } from '@jest/globals';
import type { PodFacts } from '../reconcile/observed.ts';
import { podFacts } from './pod-facts.ts';
import { ended, pod, running, waiting, withContainer } from './pods.test-kit.ts';

describe('containerFailure', () => {
  it.each<{ title: string; status: unknown; want: PodFacts['failure'] }>([
    {
      title: 'the image is not pulled, at the attempt',
      status: withContainer({
        state: waiting('ErrImagePull', 'failed to resolve reference "ghcr.io/acme/streamjob:0.1.0": not found'),
      }),
      want: {
        reason: 'ImagePullBackOff',
        message:
          'the image ghcr.io/acme/streamjob:0.1.0 cannot be pulled: failed to resolve reference "ghcr.io/acme/streamjob:0.1.0": not found',
      },
    },
    {
      title: 'the image is not pulled, between two attempts: the same words',
      status: withContainer({
        state: waiting(
          'ImagePullBackOff',
          'Back-off pulling image "ghcr.io/acme/streamjob:0.1.0": ErrImagePull: failed to resolve reference "ghcr.io/acme/streamjob:0.1.0": not found',
        ),
      }),
      want: {
        reason: 'ImagePullBackOff',
        message:
          'the image ghcr.io/acme/streamjob:0.1.0 cannot be pulled: failed to resolve reference "ghcr.io/acme/streamjob:0.1.0": not found',
      },
    },
    {
      title: 'the image is not pulled, in the words of older kubelets',
      status: withContainer({
        state: waiting('ImagePullBackOff', 'Back-off pulling image "ghcr.io/acme/streamjob:0.1.0"'),
      }),
      want: { reason: 'ImagePullBackOff', message: 'the image ghcr.io/acme/streamjob:0.1.0 cannot be pulled' },
    },
    {
      title: 'the image has no name that could be',
      status: withContainer({ state: waiting('InvalidImageName', 'Failed to apply default image tag "A:": invalid') }),
      want: { reason: 'InvalidImageName', message: 'Failed to apply default image tag "A:": invalid' },
    },
    {
      title: 'a Secret of the environment is missing',
      status: withContainer({ state: waiting('CreateContainerConfigError', 'secret "token" not found') }),
      want: { reason: 'CreateContainerConfigError', message: 'secret "token" not found' },
    },
    {
      title: 'the container cannot be run',
      status: withContainer({ state: waiting('RunContainerError') }),
      want: { reason: 'RunContainerError', message: 'the container waits: RunContainerError' },
    },
    {
      title: 'the runtime ends with a code, between two attempts',
      status: withContainer({
        restartCount: 4,
        state: waiting('CrashLoopBackOff', 'back-off 1m20s restarting failed container=runtime pod=rides_taxi(uid)'),
        lastState: ended(1, { message: 'StateTooLarge: the state of 3 tasks has 2 GiB, and 1 GiB is there' }),
      }),
      want: {
        reason: 'CrashLoopBackOff',
        message: 'the state of 3 tasks has 2 GiB, and 1 GiB is there',
        code: 'StateTooLarge',
      },
    },
    {
      title: 'the same, at the attempt',
      status: withContainer({
        restartCount: 4,
        state: running,
        lastState: ended(1, { message: 'StateTooLarge: the state of 3 tasks has 2 GiB, and 1 GiB is there' }),
      }),
      want: {
        reason: 'CrashLoopBackOff',
        message: 'the state of 3 tasks has 2 GiB, and 1 GiB is there',
        code: 'StateTooLarge',
      },
    },
    {
      title: 'the same, at the end of the attempt',
      status: withContainer({
        restartCount: 4,
        state: ended(1, { message: 'StateTooLarge: the state of 3 tasks has 2 GiB, and 1 GiB is there' }),
        lastState: ended(1),
      }),
      want: {
        reason: 'CrashLoopBackOff',
        message: 'the state of 3 tasks has 2 GiB, and 1 GiB is there',
        code: 'StateTooLarge',
      },
    },
    {
      title: 'a mistake of the runtime ended it for the first time',
      status: withContainer({ state: ended(1, { message: 'Unexpected: x is not\na function' }) }),
      want: { reason: 'Error', message: 'x is not a function', code: 'Unexpected' },
    },
    {
      title: 'its last words have no code of the runtime',
      status: withContainer({
        restartCount: 1,
        state: waiting('CrashLoopBackOff'),
        lastState: ended(1, { message: 'TypeError: x' }),
      }),
      want: { reason: 'CrashLoopBackOff', message: 'TypeError: x' },
    },
    {
      title: 'it left no words',
      status: withContainer({ restartCount: 1, state: waiting('CrashLoopBackOff'), lastState: ended(3) }),
      want: { reason: 'CrashLoopBackOff', message: 'the container ended with 3; its log says why' },
    },
    {
      title: 'it was killed',
      status: withContainer({ restartCount: 1, state: waiting('CrashLoopBackOff'), lastState: ended(137) }),
      want: { reason: 'CrashLoopBackOff', message: 'the container was killed (signal 9); its log says why' },
    },
    {
      title: 'it ends well again and again',
      status: withContainer({ restartCount: 1, state: waiting('CrashLoopBackOff'), lastState: ended(0) }),
      want: { reason: 'CrashLoopBackOff', message: 'the container ends again and again, without an error' },
    },
    {
      title: 'nobody knows how it ended',
      status: withContainer({ restartCount: 1, state: waiting('CrashLoopBackOff') }),
      want: { reason: 'CrashLoopBackOff', message: 'the container ends again and again; its log says why' },
    },
    ...[waiting('CrashLoopBackOff'), running, ended(137, { reason: 'OOMKilled' })].map((state) => ({
      title: `its memory was too small (${Object.keys(state)[0]})`,
      status: withContainer({ restartCount: 1, state, lastState: ended(137, { reason: 'OOMKilled' }) }),
      want: { reason: 'OOMKilled', message: 'the container used more memory than its limit and was killed' },
    })),
    {
      title: 'its program is not in the image',
      status: withContainer({
        state: ended(128, { reason: 'StartError', message: 'exec: "node": executable file not found in $PATH' }),
      }),
      want: { reason: 'StartError', message: 'exec: "node": executable file not found in $PATH' },
    },
    {
      title: 'a container that somebody put beside it fails',
      status: {
        ...(withContainer({ ready: true, state: running }) as { containerStatuses: object[] }),
        initContainerStatuses: [
          { name: 'mesh', restartCount: 1, state: waiting('CrashLoopBackOff'), lastState: ended(2) },
        ],
      },
      want: { reason: 'CrashLoopBackOff', message: 'container mesh: the container ended with 2; its log says why' },
    },
  ])('says why a container does not run: $title', ({ status, want }) => {
    expect(podFacts(pod(status)).failure).toEqual(want);
  });

  it.each<{ title: string; status: unknown }>([
    { title: 'is pulled and made', status: withContainer({ state: waiting('ContainerCreating') }) },
    { title: 'waits for its preparations', status: withContainer({ state: waiting('PodInitializing') }) },
    { title: 'starts for the first time', status: withContainer({ state: running }) },
    { title: 'ended as it was told', status: withContainer({ state: ended(0) }) },
    {
      title: 'starts after it ended as it was told',
      status: withContainer({ restartCount: 1, state: running, lastState: ended(0) }),
    },
    {
      title: 'failed once, was ready since, and is not now for another reason',
      status: withContainer({ restartCount: 1, state: running, lastState: ended(1) }, '2026-01-02T05:00:00Z'),
    },
  ])('says nothing of a pod that $title', ({ status }) => {
    expect(podFacts(pod(status))).not.toHaveProperty('failure');
  });
});
