/**
 * What the pods of both roles have in common. They meet the restricted Pod Security Standard: they run as nobody in
 * particular, can write to /tmp alone, and have no token of the API server, which they have nothing to ask.
 */
import type {
  V1Container,
  V1EnvVar,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Probe,
  V1VolumeProjection,
} from '@kubernetes/client-node';
import type { JobIdentity } from '../../crds/identity.ts';
import type { Resources, StreamJob } from '../../crds/stream-job.ts';
import type { MountedSecret } from './effective-job.ts';
import type { Component } from './labels.ts';
import { ANNOTATIONS, LABELS, objectLabels } from './labels.ts';
import { childName, revisionName } from './names.ts';
import type { OperatorOptions } from './operator-options.ts';
import { furtherAnnotations, furtherLabels, furtherVariables, placement, resourcesOf } from './pod-overrides.ts';

export interface PodParts {
  readonly identity: JobIdentity;
  /** With the default cluster filled in. */
  readonly job: StreamJob;
  readonly image: string;
  readonly revision: string;
  readonly options: Pick<OperatorOptions, 'imagePullPolicy' | 'defaultResources'>;
}

/** What differs between the roles. */
export interface Role {
  readonly component: Component;
  /** Undefined: those of every pod. */
  readonly resources: Resources | undefined;
  readonly secrets: readonly MountedSecret[];
}

export const CONTAINER = 'runtime';
export const HTTP_PORT = { name: 'http', number: 8080 } as const;

const JOB_FOLDER = '/etc/streamjob';
const JOB_FILE = 'job.json';
const SECRETS = 'secrets';
/** Exists in no image, and owns nothing. */
const USER = 10_001;
const TMP_SIZE = '64Mi';
/** A commit and the delivery behind it end in less; then the next owner need not wait for a timeout. */
const GRACE_SECONDS = 60;

export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export function podTemplate(parts: PodParts, role: Role): V1PodTemplateSpec {
  const { identity, job, revision } = parts;
  const overrides = job.spec.runtime.podTemplate ?? {};
  return {
    metadata: {
      labels: { ...furtherLabels(overrides), ...objectLabels(identity, role.component), [LABELS.revision]: revision },
      annotations: { ...furtherAnnotations(overrides), [ANNOTATIONS.name]: identity.name },
    },
    spec: podSpec(parts, role),
  };
}

function podSpec(parts: PodParts, role: Role): V1PodSpec {
  const { identity, job } = parts;
  return {
    serviceAccountName: childName(identity.name, 'serviceAccount'),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: POD_SECURITY,
    ...placement(job.spec.runtime.podTemplate ?? {}),
    containers: [container(parts, role)],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: TMP_SIZE } },
      { name: 'job', projected: { sources: jobFiles(parts, role) } },
    ],
  };
}

/** The manifest, and of each Secret the keys that are needed, in a folder of its own. */
function jobFiles({ identity, revision }: PodParts, { secrets }: Role): V1VolumeProjection[] {
  const manifest = { name: revisionName(identity.name, revision), items: [{ key: JOB_FILE, path: JOB_FILE }] };
  return [
    { configMap: manifest },
    ...secrets.map(({ folder, name, keys }) => ({
      secret: { name, items: keys.map((key) => ({ key, path: `${SECRETS}/${folder}/${key}` })) },
    })),
  ];
}

function container({ identity, job, image, options }: PodParts, { component, resources }: Role): V1Container {
  const overrides = job.spec.runtime.podTemplate ?? {};
  return {
    name: CONTAINER,
    image,
    imagePullPolicy: options.imagePullPolicy,
    command: ['node', '/app/job-runtime/main.ts'],
    args: [component],
    env: [...ownVariables(identity), ...furtherVariables(overrides)],
    ports: [{ name: HTTP_PORT.name, containerPort: HTTP_PORT.number, protocol: 'TCP' }],
    resources: resourcesOf(resources ?? overrides.resources ?? options.defaultResources),
    startupProbe: STARTUP,
    livenessProbe: LIVENESS,
    readinessProbe: READINESS,
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'job', mountPath: JOB_FOLDER, readOnly: true },
    ],
  };
}

function ownVariables({ uid, run }: JobIdentity): V1EnvVar[] {
  return [
    { name: 'STREAMJOB_JOB_FILE', value: `${JOB_FOLDER}/${JOB_FILE}` },
    { name: 'STREAMJOB_SECRETS_DIR', value: `${JOB_FOLDER}/${SECRETS}` },
    { name: 'STREAMJOB_UID', value: uid },
    { name: 'STREAMJOB_RUN', value: run },
    { name: 'STREAMJOB_INSTANCE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ];
}

const probe = (path: string, timing: V1Probe): V1Probe => ({
  httpGet: { path, port: HTTP_PORT.name, scheme: 'HTTP' },
  timeoutSeconds: 5,
  ...timing,
});

/** Until the process serves its pages, which it does before it restores anything: two minutes for a slow node. */
const STARTUP = probe('/livez', { periodSeconds: 2, failureThreshold: 60 });
/**
 * /livez itself says no only after a standstill of two minutes, and yes while state is restored or Kafka is away. Six
 * times in a row, so that a process without processor time is not killed for being slow to answer.
 */
const LIVENESS = probe('/livez', { periodSeconds: 10, failureThreshold: 6 });
/** A rollout goes on once this says yes. */
const READINESS = probe('/readyz', { periodSeconds: 5, failureThreshold: 2 });
