/**
 * The copies of everything that jobs consist of, each kept up by a watch, and which job wants a pass when one of them
 * changes.
 */
import type { KubeClient } from './cluster/kube-client.ts';
import type { Heartbeat } from './cluster/heartbeat.ts';
import type { Selection } from './cluster/list.ts';
import { podWithoutSpec } from './cluster/slim.ts';
import type { ChangeType } from './cluster/store.ts';
import { Store } from './cluster/store.ts';
import { keepWatching } from './cluster/watch.ts';
import { JobIndex, keyOf } from './job-index.ts';
import type { Stores } from './observe.ts';
import type { JobResource, KubeObject } from './resources/kube-object.ts';
import { LABELS } from './resources/labels.ts';
import type { Logger } from './telemetry/logger.ts';
import { JOBS, OWNED, PODS } from './watched-kinds.ts';

export interface CopiesNeeds {
  readonly client: KubeClient;
  readonly heartbeat: Heartbeat;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** The job of this key wants a pass. */
  readonly add: (key: string) => void;
  /** A pod of the job of this key has come, changed or gone. */
  readonly podChanged: (key: string) => void;
  readonly watchRestarted: (kind: string, reason: string) => void;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const SYNC_LOOK_MILLIS = 50;

export class Copies {
  readonly stores: Stores;
  readonly index = new JobIndex();
  private readonly needs: CopiesNeeds;
  private readonly byKind: ReadonlyMap<Selection, Store>;
  private readonly troubled = new Set<string>();

  constructor(needs: CopiesNeeds) {
    this.needs = needs;
    const onListenerFailure = (failure: unknown): void => needs.logger.error(`a change was lost: ${String(failure)}`);
    const kinds = [JOBS, PODS, ...OWNED];
    this.byKind = new Map(
      kinds.map((kind) => [kind, new Store({ onListenerFailure, ...(kind === PODS && { slim: podWithoutSpec }) })]),
    );
    const storeOf = (kind: Selection): Store => this.byKind.get(kind)!;
    this.stores = { jobs: storeOf(JOBS), pods: storeOf(PODS), owned: OWNED.map(storeOf) };
    this.stores.jobs.onChange((type, job) => this.onJob(type, job as JobResource));
    this.stores.pods.onChange((_, pod) => this.onObject(pod, needs.podChanged));
    for (const kind of OWNED) storeOf(kind).onChange((_, object) => this.onObject(object));
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { namespaces } = this.needs;
    const scopes = namespaces.length === 0 ? [undefined] : namespaces;
    const loops = [...this.byKind].flatMap(([kind, store]) =>
      scopes.map((namespace) => this.watch({ ...kind, ...(namespace !== undefined && { namespace }) }, store, signal)),
    );
    await Promise.all(loops);
  }

  /** Kinds that have not been listed yet. */
  unsynced(): readonly string[] {
    return [...this.byKind].filter(([, store]) => !store.isSynced).map(([{ kind }]) => kind);
  }

  async synced(signal: AbortSignal): Promise<void> {
    while (this.unsynced().length > 0 && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, SYNC_LOOK_MILLIS));
    }
  }

  /** Every job wants a pass. */
  addAll(): void {
    for (const { metadata } of this.stores.jobs.all()) this.needs.add(keyOf(metadata));
  }

  /** The answer to an own write. */
  put(object: KubeObject): void {
    for (const [{ apiVersion, kind }, store] of this.byKind) {
      if (apiVersion === object.apiVersion && kind === object.kind) store.put(object);
    }
  }

  private watch(selection: Selection, store: Store, signal: AbortSignal): Promise<void> {
    const { client, heartbeat } = this.needs;
    const name = [selection.kind, selection.namespace].filter(Boolean).join(' in ');
    const onTrouble = (trouble: string | undefined): void => this.tell(name, trouble);
    const needs = { client, heartbeat, random: Math.random, onTrouble };
    return keepWatching(selection, store.source(selection.namespace), needs, signal);
  }

  /** All watches fail together, and one line says it. */
  private tell(name: string, trouble: string | undefined): void {
    const { logger, watchRestarted } = this.needs;
    const before = this.troubled.size;
    if (trouble === undefined) this.troubled.delete(name);
    else this.troubled.add(name);
    if (trouble !== undefined) watchRestarted(name.split(' ')[0]!, 'trouble');
    if (before === 0 && trouble !== undefined) logger.warn(`cannot watch: ${trouble}`);
    if (before > 0 && this.troubled.size === 0) logger.info('all watches go on');
  }

  private onJob(type: ChangeType, job: JobResource): void {
    const affected = type === 'deleted' ? this.index.remove(job) : this.index.put(job);
    for (const key of affected) this.needs.add(key);
    this.needs.add(keyOf(job.metadata));
  }

  private onObject({ metadata }: KubeObject, alsoTell?: (key: string) => void): void {
    const label = metadata.labels?.[LABELS.job];
    const key = label === undefined ? undefined : this.index.keyOfLabel(metadata.namespace ?? '', label);
    if (key === undefined) return;
    this.needs.add(key);
    alsoTell?.(key);
  }
}
