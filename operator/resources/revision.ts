/**
 * A revision: what pods are made of, written down once in an immutable ConfigMap. Its id follows from what of the spec
 * matters to a running pod, so a spec that is changed and changed back gives the same one. The pod templates are
 * recorded with it: another version of the operator would make others, and must not restart anything by that.
 */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { RUN } from '../../crds/identity.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { revisionConfigMap } from './config-map.ts';
import { consumerPod } from './consumer-pod.ts';
import { canonicalJson, hexHash } from './hash.ts';
import type { KubeObject, ObjectMeta } from './kube-object.ts';
import { ANNOTATIONS, LABELS } from './labels.ts';
import { revisionName } from './names.ts';
import type { OperatorOptions } from './operator-options.ts';
import { producerPod } from './producer-pod.ts';
import { isSafeTemplate } from './safe-template.ts';

export interface PodTemplates {
  readonly consumer: V1PodTemplateSpec;
  /** Absent: the job has no producer. */
  readonly producer?: V1PodTemplateSpec;
}

export interface Revision {
  readonly revision: string;
  readonly run: string;
  /** Text of the annotation streamjob.dev/upgrade; empty: there was none. */
  readonly upgrade: string;
  readonly image: string;
  /** Version of the operator that made the templates. */
  readonly operatorVersion: string;
  /** The manifest that the pods get; not judged. Replicas and deletion policies may have changed since. */
  readonly job: unknown;
  readonly templates: PodTemplates;
  /** What holds all this, without an owner: desiredObjects adds it. */
  readonly configMap: KubeObject;
}

export interface RevisionOrigin {
  /** With the default cluster filled in. */
  readonly job: StreamJob;
  readonly identity: JobIdentity;
  /** Text of the annotation streamjob.dev/upgrade; empty: there is none. */
  readonly upgrade: string;
}

export interface RevisionDraft extends RevisionOrigin {
  readonly image: string;
  readonly options: OperatorOptions;
}

const REVISION = /^[0-9a-f]{8}$/;

/** 8 hexadecimal digits. Equal for two specs that differ only in what the operator itself works with. */
export const revisionId = ({ job, identity: { run }, upgrade }: RevisionOrigin): string =>
  hexHash(canonicalJson({ spec: relevantSpec(job), run, upgrade }), 8);

/** Without what the operator acts upon and no pod looks at: how many pods, and what becomes of what when it ends. */
function relevantSpec({ spec }: StreamJob): unknown {
  const { suspend: _suspend, deletionPolicy: _policy, consumer, topic, ...rest } = spec;
  const { minReplicas: _min, maxReplicas: _max, autoscaling: _scaling, ...pods } = consumer;
  const { deletionPolicy: _topicPolicy, ...source } = topic;
  return { ...rest, consumer: pods, topic: source };
}

/** Of the present spec, by this operator. Where the ConfigMap of this id exists already, that one counts. */
export function desiredRevision(draft: RevisionDraft): Revision {
  const { job, identity, upgrade, image, options } = draft;
  const { apiVersion, kind, spec } = job;
  const { name, namespace, run } = identity;
  const revision = revisionId(draft);
  const parts = { identity, job, image, revision, options };
  const manifest = { apiVersion, kind, metadata: { name, namespace }, spec };
  const templates: PodTemplates = {
    consumer: consumerPod(parts),
    ...(spec.producer && { producer: producerPod(parts) }),
  };
  const { operatorVersion } = options;
  const configMap = revisionConfigMap(
    identity,
    { revision, upgrade },
    {
      'job.json': canonicalJson(manifest),
      'pods.json': canonicalJson({ image, operatorVersion, ...templates }),
    },
  );
  return { revision, run, upgrade, image, operatorVersion, job: manifest, templates, configMap };
}

/** Undefined: it is no revision of a job, or somebody has damaged it, or it asks for more than a job's pod may have. */
export function readRevision(found: KubeObject): Revision | undefined {
  const { jobName, revision, run, upgrade } = marksOf(found.metadata);
  if (!RUN.test(run) || !REVISION.test(revision)) return undefined;
  if (found.metadata.name !== revisionName(jobName, revision)) return undefined;
  const content = contentOf(found, jobName);
  return content && { revision, run, upgrade, ...content, configMap: bare(found) };
}

interface Marks {
  readonly jobName: string;
  readonly revision: string;
  readonly run: string;
  readonly upgrade: string;
}

const marksOf = ({ labels = {}, annotations = {} }: ObjectMeta): Marks => ({
  jobName: annotations[ANNOTATIONS.name] ?? '',
  revision: labels[LABELS.revision] ?? '',
  run: labels[LABELS.run] ?? '',
  upgrade: annotations[ANNOTATIONS.upgrade] ?? '',
});

/** As it was written, without what the API server and others added. */
function bare({ metadata: { name, namespace, labels, annotations }, data }: KubeObject): KubeObject {
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, ...(data && { data }) };
}

type RevisionContent = Pick<Revision, 'image' | 'operatorVersion' | 'job' | 'templates'>;

function contentOf({ data }: KubeObject, jobName: string): RevisionContent | undefined {
  const job = objectOf(data?.['job.json']);
  const { image, operatorVersion, consumer, producer } = objectOf(data?.['pods.json']) ?? {};
  if (!job || typeof image !== 'string' || typeof operatorVersion !== 'string') return undefined;
  if (!isSafeTemplate(consumer, jobName)) return undefined;
  if (producer === undefined) return { job, image, operatorVersion, templates: { consumer } };
  return isSafeTemplate(producer, jobName)
    ? { job, image, operatorVersion, templates: { consumer, producer } }
    : undefined;
}

function objectOf(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
