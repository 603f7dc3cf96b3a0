/** What the objects of a job are built from, to start a test from: one identity, plain options, and a job's revision. */
import type { JobIdentity } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobShape } from '../../operator/resources/desired-objects.ts';
import type { OperatorOptions } from '../../operator/resources/operator-options.ts';
import type { RevisionDraft } from '../../operator/resources/revision.ts';
import { desiredRevision } from '../../operator/resources/revision.ts';

export const IDENTITY: JobIdentity = {
  namespace: 'transit',
  name: 'mta-turnstile',
  uid: '7c0d6a54-58d3-4a1e-9df5-6b1f3f2b9e11',
  run: 'k3x9',
};

export const OPTIONS: OperatorOptions = {
  namespaces: [],
  image: 'registry.example/streamjob:1.2.3',
  imagePullPolicy: 'IfNotPresent',
  defaultKafka: undefined,
  defaultResources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  networkPolicies: true,
  cleanupMillis: 60_000,
  operatorVersion: '1.2.3',
};

export const draftOf = (job: StreamJob, patch: Partial<RevisionDraft> = {}): RevisionDraft => ({
  job,
  identity: IDENTITY,
  image: OPTIONS.image,
  upgrade: '',
  options: OPTIONS,
  ...patch,
});

export const shapeOf = (job: StreamJob, patch: Partial<JobShape> = {}): JobShape => ({
  identity: IDENTITY,
  owner: {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    name: IDENTITY.name,
    uid: IDENTITY.uid,
    controller: true,
  },
  revision: desiredRevision(draftOf(job)),
  consumers: 2,
  producers: 1,
  inputsHash: '0123456789abcdef',
  options: OPTIONS,
  ...patch,
});
