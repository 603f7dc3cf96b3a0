/**
 * What a job's objects are to be made of: the revision of the present spec, or, while that one cannot run, the revision
 * that runs already. A spec that cannot run takes nothing away.
 */
import type { JobIdentity } from '../../crds/identity.ts';
import { effectiveJob } from '../resources/effective-job.ts';
import type { JobResource, KubeObject } from '../resources/kube-object.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import { childName } from '../resources/names.ts';
import type { Revision } from '../resources/revision.ts';
import { desiredRevision, revisionId } from '../resources/revision.ts';
import { runOf } from '../resources/run.ts';
import { runningRevision } from '../resources/running-revision.ts';
import type { KafkaFacts, Observed, SoundSpec } from './observed.ts';

export interface Target {
  readonly identity: JobIdentity;
  readonly sound: SoundSpec;
  readonly revision: Revision;
}

export function identityOf({ metadata }: JobResource, run: string): JobIdentity {
  const { namespace, name, uid } = metadata;
  return { namespace, name, uid, run };
}

/** Of the present spec. */
export function desiredTarget(observed: Observed, sound: SoundSpec): Target {
  const { job, options } = observed;
  const identity = identityOf(job, runOf(job));
  const effective = effectiveJob(sound.job, options.defaultKafka);
  const upgrade = job.metadata.annotations?.[ANNOTATIONS.upgrade] ?? '';
  const origin = { job: effective, identity, upgrade, options };
  const draft = desiredRevision({ ...origin, image: imageOf(observed, sound) });
  return { identity, sound, revision: keptRevision(observed, draft) ?? draft };
}

/** What runs keeps its image and its pods, so that another version of the operator restarts nothing. */
function keptRevision(observed: Observed, draft: Revision): Revision | undefined {
  const running = runningTarget(observed);
  return running && presentId(running) === draft.revision ? running.revision : undefined;
}

/** Where the Deployment is gone, the status still knows what it ran; a spec that has changed takes the present image. */
function imageOf({ job: { status, metadata }, running, options }: Observed, sound: SoundSpec): string {
  const isSameSpec = !running && status?.observedGeneration === metadata.generation;
  return sound.job.spec.runtime.image ?? (isSameSpec ? status.runtimeImage : undefined) ?? options.image;
}

/** A schema with more defaults than when the revision was made gives it another id, and the same pods. */
const presentId = ({ sound: { job }, identity, revision: { upgrade } }: Target): string =>
  revisionId({ job, identity, upgrade });

/** What runs at present, as its ConfigMap has it; undefined: nothing does, or the ConfigMap is gone. */
export function runningTarget({ job, running, owned }: Observed): Target | undefined {
  if (!running) return undefined;
  const revision = runningRevision(job.metadata.name, owned);
  return revision && { identity: identityOf(job, running.run), sound: running.sound, revision };
}

/** What Kafka tells of this run; where another one was asked about, that it answers and no more. */
export function kafkaOf({ kafka, kafkaRun }: Observed, target: Target | undefined): KafkaFacts {
  if (!target || kafkaRun === target.identity.run) return kafka;
  const { run: _run, progress: _progress, earlier: _earlier, ...ofCluster } = kafka;
  return ofCluster;
}

export function consumerDeployment({ job, owned }: Observed): KubeObject | undefined {
  return deployment(owned, childName(job.metadata.name, 'consumer'));
}

export function producerDeployment({ job, owned }: Observed): KubeObject | undefined {
  return deployment(owned, childName(job.metadata.name, 'producer'));
}

const deployment = (owned: readonly KubeObject[], name: string): KubeObject | undefined =>
  owned.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
