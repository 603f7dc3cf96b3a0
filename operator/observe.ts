/** Reads what a pass over a job needs: from the copies that watches keep, from Kafka's facts, from Secrets and pods. */
import type { Store } from './cluster/store.ts';
import type { Inputs } from './inputs.ts';
import type { JobIndex } from './job-index.ts';
import { keyOf } from './job-index.ts';
import type { JobMemory } from './job-memory.ts';
import type { PolledJob, ProgressPoller } from './kafka/progress-poller.ts';
import { podFacts } from './pods/pod-facts.ts';
import type { Observed, PeerFacts, PodFacts, SoundSpec, SpecVerdict } from './reconcile/observed.ts';
import { effectiveJob, inputsOf } from './resources/effective-job.ts';
import type { JobResource, KubeObject } from './resources/kube-object.ts';
import { jobLabel } from './resources/labels.ts';
import type { OperatorOptions } from './resources/operator-options.ts';
import { runningRevision } from './resources/running-revision.ts';
import { runOf } from './resources/run.ts';
import type { SpecVerdicts } from './spec/evaluate.ts';

export interface Stores {
  readonly jobs: Store;
  readonly pods: Store;
  /** Of the kinds that jobs own. */
  readonly owned: readonly Store[];
}

export interface ObserverNeeds {
  readonly stores: Stores;
  readonly index: JobIndex;
  readonly verdicts: SpecVerdicts;
  readonly inputs: Inputs;
  readonly poller: Pick<ProgressPoller, 'track' | 'forget' | 'facts'>;
  /** What pods that are not ready say of themselves. */
  readonly podTroubles: (pods: readonly KubeObject[]) => Promise<ReadonlyMap<string, PodFacts['trouble']>>;
  readonly options: OperatorOptions;
  readonly now: () => number;
}

type Running = NonNullable<Observed['running']>;

export class Observer {
  private readonly needs: ObserverNeeds;

  constructor(needs: ObserverNeeds) {
    this.needs = needs;
  }

  /** Undefined: there is no such job any more. Rejects when the API server does not answer for a Secret. */
  async observe(namespace: string, name: string, memory: JobMemory): Promise<Observed | undefined> {
    const { stores, verdicts, options, now, poller } = this.needs;
    const job = stores.jobs.get(namespace, name) as JobResource | undefined;
    if (!job) return undefined;
    const key = keyOf(job.metadata);
    const owned = this.ownedBy(job);
    const running = this.runningOf(job, owned);
    const verdict = verdicts.of(job);
    const sound = verdict.sound ?? running?.sound;
    const kafkaRun = verdict.sound ? runOf(job) : (running?.run ?? runOf(job));
    this.track(key, job, { sound, run: kafkaRun });
    return {
      now: now(),
      options,
      job,
      verdict,
      ...(running && { running }),
      owned,
      inputs: await this.inputsOf(key, namespace, sound),
      pods: await this.podsOf(job),
      peers: this.peersOf(key, sound),
      kafkaRun,
      kafka: poller.facts(key),
      scaling: memory.scaling,
      ...(memory.applyTrouble && { applyTrouble: memory.applyTrouble }),
    };
  }

  /** The job is gone. */
  forget(key: string): void {
    this.needs.inputs.forget(key);
    this.needs.poller.forget(key);
  }

  private ownedBy({ metadata: { namespace, name, uid } }: JobResource): readonly KubeObject[] {
    const label = jobLabel(name);
    const labelled = this.needs.stores.owned.flatMap((store) => store.ofJob(namespace, label));
    return labelled.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
  }

  private runningOf({ metadata }: JobResource, owned: readonly KubeObject[]): Running | undefined {
    const revision = runningRevision(metadata.name, owned);
    const json = revision?.configMap.data?.['job.json'];
    const sound = json === undefined ? undefined : this.needs.verdicts.ofJson(json).sound;
    return revision && sound && { revision: revision.revision, run: revision.run, sound };
  }

  private async inputsOf(key: string, namespace: string, sound: SoundSpec | undefined): Promise<Observed['inputs']> {
    const { inputs, options } = this.needs;
    return inputs.of(key, namespace, sound ? inputsOf(effectiveJob(sound.job, options.defaultKafka)) : []);
  }

  private async podsOf({ metadata }: JobResource): Promise<readonly PodFacts[]> {
    const { stores, podTroubles } = this.needs;
    const pods = stores.pods.ofJob(metadata.namespace, jobLabel(metadata.name)).filter(isAlive);
    const troubles = await podTroubles(pods);
    return pods.map((pod) => {
      const trouble = troubles.get(pod.metadata.uid ?? '');
      return { ...podFacts(pod), ...(trouble && { trouble }) };
    });
  }

  private track(key: string, job: JobResource, { sound, run }: { sound: SoundSpec | undefined; run: string }): void {
    const polled = sound && this.polled(job, sound, run);
    if (polled) this.needs.poller.track(key, polled);
    else this.needs.poller.forget(key);
  }

  private polled({ metadata }: JobResource, sound: SoundSpec, run: string): PolledJob | undefined {
    const { namespace, name, uid } = metadata;
    const { kafka, topic } = effectiveJob(sound.job, this.needs.options.defaultKafka).spec;
    const { stages, growth } = sound;
    const identity = { namespace, name, uid, run };
    return kafka && { target: { namespace, kafka }, job: { identity, topic: topic.name, stages, growth } };
  }

  /** A job whose spec cannot run takes nobody's topic. */
  private peersOf(key: string, sound: SoundSpec | undefined): readonly PeerFacts[] {
    const { index, options } = this.needs;
    const brokers = sound && brokersOf(sound, options);
    if (brokers === undefined) return [];
    return index.sharing(key).flatMap((other) => this.peerAt(other, brokers) ?? []);
  }

  private peerAt(key: string, brokers: string): PeerFacts | undefined {
    const { stores, verdicts, options } = this.needs;
    const [namespace = '', name = ''] = key.split('/');
    const job = stores.jobs.get(namespace, name) as JobResource | undefined;
    const sound = job && (verdicts.of(job) satisfies SpecVerdict).sound;
    if (!sound || brokersOf(sound, options) !== brokers) return undefined;
    const createdAt = job.metadata.creationTimestamp ?? '';
    return { namespace, name, createdAt, hasProducer: sound.job.spec.producer !== undefined };
  }
}

/** A pod that was evicted or has ended stays as an object, and another one takes its place. */
function isAlive({ status }: KubeObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string };
  return phase !== 'Failed' && phase !== 'Succeeded';
}

/** Which Kafka it is; two names of one cluster look like two. */
function brokersOf({ job }: SoundSpec, { defaultKafka }: OperatorOptions): string | undefined {
  return effectiveJob(job, defaultKafka).spec.kafka?.brokers.toSorted().join(',');
}
