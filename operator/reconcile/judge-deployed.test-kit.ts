/** What is judged of the job as a whole and of its pods, and when. */
import type { Case } from './judge.test-kit.ts';
import {
  afterwards,
  completed,
  counted,
  MOVING,
  NEEDS_ENV,
  otherImage,
  replicaFailure,
  running,
  STANDING,
  suspended,
  withoutStatusOf,
} from './judge.test-kit.ts';
import { kafkaAt, NOW, observed, podOf, secret } from './observed.test-kit.ts';

export const WHOLE_AND_PODS: readonly Case[] = [
  { name: 'all pods work', of: () => running(), want: 'Ready True Ready' },
  {
    name: 'pods are on their way',
    of: () => observed({}, { kafka: kafkaAt() }),
    want: 'Ready False NotReady',
    says: 'Deployed (Deploying)',
  },
  {
    name: 'the pods that should create the topic have no image',
    of: () =>
      observed(
        {},
        {
          kafka: { at: NOW },
          pods: [podOf({ isReady: false, failure: { reason: 'ImagePullBackOff', message: 'not found' } })],
        },
      ),
    want: 'Ready False NotReady',
    says: 'Deployed (PodsFailing)',
  },
  { name: 'there are no pods because nobody wants any', of: () => suspended(), want: 'Ready False Suspended' },
  {
    name: 'it was suspended before its topic was made',
    of: () => suspended({ kafka: { at: NOW } }),
    want: 'Ready False Suspended',
  },
  {
    name: 'a suspended job cannot be reached by Kafka either',
    of: () => suspended({ kafka: { trouble: { code: 'LogUnavailable', message: 'no route' } } }),
    want: 'Ready False NotReady',
    says: 'KafkaReachable (ConnectionFailed): no route',
  },
  { name: 'the bounded run is over', of: completed, want: 'Ready False Completed' },

  { name: 'all pods are ready', of: () => running(), want: 'Deployed True Deployed', says: '2 of 2 pods are ready' },
  {
    name: 'no pod is counted yet',
    of: () => withoutStatusOf('consumer'),
    want: 'Deployed Unknown Deploying',
    says: '0 of 2 pods are ready',
  },
  {
    name: 'the Deployment was changed and its controller has not looked yet',
    of: () => counted({ observedGeneration: 0, replicas: 2, updatedReplicas: 2, readyReplicas: 2 }),
    want: 'Deployed Unknown Deploying',
  },
  {
    name: 'a pod of the revision before is left',
    of: () => counted({ observedGeneration: 1, replicas: 3, updatedReplicas: 2, readyReplicas: 2 }),
    want: 'Deployed Unknown Deploying',
  },
  {
    name: 'nothing runs and nothing can',
    of: () => observed({ spec: { 'spec.sink': {} } }),
    want: 'Deployed False Blocked',
  },
  {
    name: 'a pod has no image',
    of: () =>
      running({}, { pods: [podOf({ isReady: false, failure: { reason: 'ImagePullBackOff', message: 'not found' } })] }),
    want: 'Deployed False PodsFailing',
    says: 'pod job-consumer-0: ImagePullBackOff: not found',
  },
  {
    name: 'the API server refuses an object',
    of: () => running({}, { applyTrouble: { reason: 'ApplyFailed', message: 'Deployment job-consumer: too long' } }),
    want: 'Deployed False ApplyFailed',
    says: 'too long',
  },
  {
    name: 'a quota lets no pod be made',
    of: replicaFailure,
    want: 'Deployed False ApplyFailed',
    says: 'exceeded quota',
  },
  {
    name: 'an object of somebody else is in the way',
    of: () => running({}, { applyTrouble: { reason: 'NameConflict', message: 'Service job-metrics exists' } }),
    want: 'Deployed False NameConflict',
  },
  {
    name: 'a Secret of a variable is missing',
    of: () => observed({ spec: NEEDS_ENV }, { inputs: [{ kind: 'Secret', name: 'other' }] }),
    want: 'Deployed False SecretNotFound',
  },
  {
    name: 'a Secret of a variable has no such key',
    of: () => observed({ spec: NEEDS_ENV }, { inputs: [secret('other', ['b'])] }),
    want: 'Deployed False SecretNotFound',
    says: 'has no key a',
  },
  { name: 'nobody wants pods', of: () => suspended(), want: 'Deployed False Suspended' },
  { name: 'no pods are needed any more', of: completed, want: 'Deployed True Completed' },

  { name: 'nobody has suspended it', of: () => running(), want: 'Suspended False Running' },
  {
    name: 'pods still stop',
    of: () => suspended({ pods: [podOf({ isDeleting: true })] }),
    want: 'Suspended False Draining',
  },
  { name: 'all pods have stopped', of: () => suspended(), want: 'Suspended True Suspended' },
  {
    name: 'it was never started',
    of: () => observed({ spec: { 'spec.suspend': true } }),
    want: 'Suspended True Suspended',
  },
  {
    name: 'it is suspended and invalid',
    of: () => observed({ spec: { 'spec.suspend': true, 'spec.sink': {} } }),
    want: 'Suspended True Suspended',
  },

  { name: 'pods run the operator’s image', of: () => running(), want: 'RuntimeOutdated False Current' },
  {
    name: 'the operator brings another',
    of: otherImage,
    want: 'RuntimeOutdated True Outdated',
    says: 'kubectl annotate streamjob job',
  },

  {
    name: 'the operator was restarted while records waited',
    of: () => afterwards(STANDING),
    want: 'Progressing False Stalled',
  },
  { name: 'the operator was restarted while all went well', of: () => afterwards(MOVING), want: 'Ready True Ready' },
];
