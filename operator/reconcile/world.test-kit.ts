/**
 * One StreamJob and what it owns, in memory. Plans are carried out as an API server would, and the Deployments are worked
 * off, when the test says so, as a controller-manager and kubelets would.
 */
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import { canonicalJson, hexHash } from '../resources/hash.ts';
import type { JobResource, KubeObject, ObjectRef } from '../resources/kube-object.ts';
import { LABELS } from '../resources/labels.ts';
import { FINALIZER } from '../resources/names.ts';
import type { OperatorOptions } from '../resources/operator-options.ts';
import { runningRevision } from '../resources/running-revision.ts';
import { runOf } from '../resources/run.ts';
import { evaluateManifest, evaluateSpec } from '../spec/evaluate.ts';
import type { ApplyTrouble, InputFacts, KafkaFacts, Observed, PeerFacts, PodFacts, ScalingMemory } from './observed.ts';
import type { JobChanges } from './observed.test-kit.ts';
import { jobResource, kafkaAt, NOW, OPTIONS } from './observed.test-kit.ts';
import type { EventDraft, KafkaCleanup, Plan } from './plan.ts';
import { reconcile } from './reconcile.ts';
import { statusChange } from './status-change.ts';

type Role = PodFacts['role'];
/** Of a Deployment, as it is read here. */
interface Workload {
  readonly replicas: number;
  readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
}

/** More passes than any change needs. */
const MOST_PASSES = 12;

export class World {
  now = NOW;
  options: OperatorOptions;
  job: JobResource;
  owned: KubeObject[] = [];
  pods: PodFacts[] = [];
  inputs: readonly InputFacts[] = [];
  peers: readonly PeerFacts[] = [];
  kafka: KafkaFacts = kafkaAt();
  applyTrouble: ApplyTrouble | undefined;
  scaling: ScalingMemory = { recommended: [] };
  readonly events: EventDraft[] = [];
  readonly cleanups: KafkaCleanup[] = [];
  /** The job's object is gone. */
  isGone = false;
  private counter = 0;

  constructor(changes: JobChanges = {}, options: Partial<OperatorOptions> = {}) {
    this.job = jobResource(changes);
    this.options = { ...OPTIONS, ...options };
  }

  /** A job whose pods all work. */
  static running(changes: JobChanges = {}, options: Partial<OperatorOptions> = {}): World {
    const world = new World(changes, options);
    world.live();
    world.events.length = 0;
    return world;
  }

  /** The manifest as it is to be from now on, with all that the changes do not name as it was at the beginning. */
  edit(changes: JobChanges): void {
    const { metadata, spec } = jobResource(changes);
    const isNewSpec = canonicalJson(spec) !== canonicalJson(this.job.spec);
    const { annotations = {} } = metadata;
    const generation = this.job.metadata.generation + (isNewSpec ? 1 : 0);
    this.job = { ...this.job, metadata: { ...this.job.metadata, annotations, generation }, spec };
  }

  delete(): void {
    this.job = { ...this.job, metadata: { ...this.job.metadata, deletionTimestamp: new Date(this.now).toISOString() } };
  }

  observe(): Observed {
    const running = this.runningOf();
    const verdict = evaluateSpec(this.job);
    return {
      now: this.now,
      options: this.options,
      job: this.job,
      verdict,
      ...(running && { running }),
      owned: this.owned,
      inputs: this.inputs,
      pods: this.pods,
      peers: this.peers,
      kafkaRun: verdict.sound ? runOf(this.job) : (running?.run ?? runOf(this.job)),
      kafka: this.kafka,
      scaling: this.scaling,
      ...(this.applyTrouble && { applyTrouble: this.applyTrouble }),
    };
  }

  /** One pass, carried out. */
  pass(): Plan {
    const plan = reconcile(this.observe());
    this.carryOut(plan);
    return plan;
  }

  /** Passes until nothing is left to do. Throws where that does not come. */
  reconcile(): void {
    for (let passes = 0; passes < MOST_PASSES; passes++) {
      if (this.isGone || isDone(this.pass(), this.job)) return;
    }
    throw new Error(`still something to do after ${MOST_PASSES} passes`);
  }

  /** Passes and the work of the cluster in turn, until both are done. */
  live(): void {
    for (let rounds = 0; rounds < MOST_PASSES; rounds++) {
      this.reconcile();
      if (!this.settle()) return;
    }
    throw new Error(`still something to do after ${MOST_PASSES} rounds`);
  }

  /** Pods as the Deployments want them, all ready at once. Gives whether anything was changed. */
  settle(): boolean {
    const before = canonicalJson([this.owned, this.pods]);
    const deployments = this.owned.filter(({ kind }) => kind === 'Deployment');
    this.pods = deployments.flatMap((deployment) => this.podsOf(deployment));
    for (const { metadata, spec } of deployments) {
      const { replicas } = spec as Workload;
      const { generation: observedGeneration } = metadata;
      this.setStatus(metadata.name, {
        observedGeneration,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
      });
    }
    return canonicalJson([this.owned, this.pods]) !== before;
  }

  setStatus(name: string, status: unknown): void {
    this.owned = this.owned.map((object) =>
      object.kind === 'Deployment' && object.metadata.name === name ? { ...object, status } : object,
    );
  }

  /** Somebody changes an object behind the operator's back. */
  tamper(kind: string, change: (object: KubeObject) => KubeObject): void {
    this.owned = this.owned.map((object) => (object.kind === kind ? change(object) : object));
  }

  lose(isLost: (object: KubeObject) => boolean): void {
    this.owned = this.owned.filter((object) => !isLost(object));
  }

  find(kind: string, suffix = ''): KubeObject | undefined {
    return this.owned.find((object) => object.kind === kind && object.metadata.name.endsWith(suffix));
  }

  replicas(role: Role): number | undefined {
    return (this.find('Deployment', `-${role}`)?.spec as Workload | undefined)?.replicas;
  }

  /** Image, mounted revision and inputs of the pods are all in their names. */
  podNames(): string[] {
    return this.pods.map(({ name }) => name);
  }

  revisions(): string[] {
    return this.owned.flatMap(({ kind, metadata }) =>
      kind === 'ConfigMap' ? [metadata.labels![LABELS.revision]!] : [],
    );
  }

  /** Status and reason of a condition as one text. */
  condition(type: string): string | undefined {
    const found = this.job.status?.conditions?.find((condition) => condition.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  private runningOf(): Observed['running'] {
    const revision = runningRevision(this.job.metadata.name, this.owned);
    const sound = revision && evaluateManifest(revision.job).sound;
    return revision && sound && { revision: revision.revision, run: revision.run, sound };
  }

  private carryOut({ finalizer, remove, apply, status, cleanup, events, scaling }: Plan): void {
    if (finalizer === 'add') this.setFinalizers([FINALIZER]);
    for (const ref of remove) this.remove(ref);
    for (const object of apply) this.apply(object);
    if (status && statusChange(this.job.status, status) !== 'none') this.writeStatus(status);
    if (cleanup) this.cleanups.push(cleanup);
    this.events.push(...events);
    this.scaling = scaling;
    if (finalizer === 'remove') this.setFinalizers([]);
    this.collect();
  }

  /** Kubernetes takes away what is deleted and has no finalizer. */
  private collect(): void {
    const { deletionTimestamp, finalizers = [] } = this.job.metadata;
    this.isGone ||= deletionTimestamp !== undefined && finalizers.length === 0;
  }

  /** As it travels: what is undefined is not there afterwards. */
  private writeStatus(status: StreamJobStatus): void {
    this.job = { ...this.job, status: JSON.parse(JSON.stringify(status)) as StreamJobStatus };
  }

  private setFinalizers(finalizers: readonly string[]): void {
    this.job = { ...this.job, metadata: { ...this.job.metadata, finalizers } };
  }

  private remove({ kind, name, uid }: ObjectRef): void {
    this.lose(({ kind: other, metadata }) => kind === other && metadata.name === name && metadata.uid === uid);
  }

  private apply(object: KubeObject): void {
    const { kind, metadata } = object;
    const index = this.owned.findIndex((other) => other.kind === kind && other.metadata.name === metadata.name);
    const existing = this.owned[index];
    if (existing?.immutable && canonicalJson(existing.data) !== canonicalJson(object.data)) {
      throw new Error(`ConfigMap ${metadata.name}: data: field is immutable when immutable is set`);
    }
    const applied = this.stored(object, existing);
    if (index < 0) this.owned.push(applied);
    else this.owned[index] = applied;
  }

  private stored(object: KubeObject, existing: KubeObject | undefined): KubeObject {
    const spec = withDefaults(object);
    const isNewSpec = canonicalJson(spec) !== canonicalJson(existing?.spec);
    const { labels, annotations, uid, creationTimestamp, generation = 0 } = existing?.metadata ?? {};
    const metadata = {
      ...object.metadata,
      labels: { ...labels, ...object.metadata.labels },
      annotations: { ...annotations, ...object.metadata.annotations },
      uid: uid ?? `uid-${++this.counter}`,
      creationTimestamp: creationTimestamp ?? new Date(this.now + this.counter).toISOString(),
      resourceVersion: `${++this.counter}`,
      generation: generation + (isNewSpec ? 1 : 0),
    };
    const status = existing?.status;
    return JSON.parse(JSON.stringify({ ...object, metadata, spec, status })) as KubeObject;
  }

  private podsOf({ metadata, spec }: KubeObject): PodFacts[] {
    const { replicas, template } = spec as Workload;
    const { labels } = template.metadata;
    const prefix = `${metadata.name}-${hexHash(canonicalJson(template), 6)}`;
    return Array.from({ length: replicas }, (_, index): PodFacts => {
      const name = `${prefix}-${index}`;
      const before = this.pods.find((pod) => pod.name === name);
      const role = labels[LABELS.component] as Role;
      const fresh = { name, role, revision: labels[LABELS.revision]!, run: labels[LABELS.run]! };
      return { ...fresh, createdAt: before?.createdAt ?? this.now, isReady: true, isDeleting: false, restarts: 0 };
    });
  }
}

/** What the API server fills in, and what would look like a difference to whoever compares too strictly. */
function withDefaults({ kind, spec }: KubeObject): unknown {
  if (kind === 'Service')
    return { ...(spec as object), type: 'ClusterIP', sessionAffinity: 'None', clusterIPs: ['None'] };
  if (kind !== 'Deployment') return spec;
  const { template } = spec as { template: { spec: object } };
  const pod = {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    ...template.spec,
  };
  return { ...(spec as object), template: { ...template, spec: pod } };
}

function isDone({ apply, remove, status, finalizer, cleanup }: Plan, job: JobResource): boolean {
  const isSame = !status || statusChange(job.status, status) === 'none';
  return apply.length === 0 && remove.length === 0 && !finalizer && !cleanup && isSame;
}
