/**
 * What a job's objects are to be made of: the revision of the present spec, or, while that one cannot run, the revision
 * that runs already. A spec that cannot run takes nothing away.
 */
import type { JobIdentity } from '../../crds/identity.ts';
import { effectiveJob } from '../resources/effective-job.ts';
import type { JobResource, KubeObject } from '../resources/kube-object.ts';
import { ANNOTATIONS, LABELS } from '../resources/labels.ts';
import { childName } from '../resources/names.ts';
import type { Revision } from '../resources/revision.ts';
import { desiredRevision, readRevision, revisionId } from '../resources/revision.ts';
import { runOf } from '../resources/run.ts';
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
  const draft = desiredRevision({ ...origin, image: sound.job.spec.runtime.image ?? options.image });
  return { identity, sound, revision: keptRevision(observed, draft) ?? draft };
}

/** A revision that exists keeps its image and its pods, so that another version of the operator restarts nothing. */
function keptRevision(observed: Observed, draft: Revision): Revision | undefined {
  const { owned } = observed;
  const running = runningTarget(observed);
  if (running && presentId(running) === draft.revision) return running.revision;
  const existing = owned.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === draft.configMap.metadata.name,
  );
  return existing && readRevision(existing);
}

/** A schema with more defaults than when the revision was made gives it another id, and the same pods. */
const presentId = ({ sound: { job }, identity, revision: { upgrade } }: Target): string =>
  revisionId({ job, identity, upgrade });

/** What runs at present, as its ConfigMap has it; undefined: nothing does, or the ConfigMap is gone. */
export function runningTarget({ job, running, owned }: Observed): Target | undefined {
  if (!running) return undefined;
  const configMap = owned.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.[LABELS.revision] === running.revision,
  );
  const revision = configMap && readRevision(configMap);
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
