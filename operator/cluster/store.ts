/**
 * A copy of the objects of a kind, found by name and by job. Watches fill it (watch.ts), and so do our own writes, whose
 * answers count at once: a pass right after a write must not see the state before it and write again.
 *
 * Listeners are told of what came in from outside, at least once for each state that stays; the echo of an own write is
 * no news, and neither is the write itself.
 */
import type { KubeObject } from '../resources/kube-object.ts';
import type { Slim } from './list.ts';
import { pack } from './packed.ts';
import type { Packed } from './packed.ts';
import { isLater } from './resource-version.ts';
import { withoutBallast } from './slim.ts';
import type { EventType } from './watch-stream.ts';
import type { WatchSink } from './watch.ts';

export type ChangeType = 'added' | 'updated' | 'deleted';
export type ChangeListener<T extends KubeObject = KubeObject> = (type: ChangeType, object: T) => void;

export interface StoreNeeds {
  /** What is left of an object before it is kept. */
  readonly slim?: Slim | undefined;
  /** A listener threw: the others and the watch go on. */
  readonly onListenerFailure: (failure: unknown) => void;
}

/** What one watch has told. */
interface Source {
  /** Everything up to here is known; empty: not listed yet. */
  seen: string;
}

const ALL = '';

/** `T`: what the kind's objects are; the API server has held them against their schema. */
export class Store<T extends KubeObject = KubeObject> {
  private readonly slim: Slim;
  private readonly onListenerFailure: (failure: unknown) => void;
  private readonly objects = new Map<string, Packed<T>>();
  private readonly byJob = new Map<string, Set<string>>();
  private readonly sources = new Map<string, Source>();
  /** Own writes that no watch has shown yet. */
  private readonly unconfirmed = new Set<string>();
  private readonly listeners = new Set<ChangeListener<T>>();

  constructor({ slim = withoutBallast, onListenerFailure }: StoreNeeds) {
    this.slim = slim;
    this.onListenerFailure = onListenerFailure;
  }

  /** To be filled by one watch of a namespace, or of all; several watches of different namespaces fill one store. */
  source(namespace: string | undefined): WatchSink {
    const scope = namespace ?? ALL;
    const source: Source = { seen: '' };
    this.sources.set(scope, source);
    return {
      slim: this.slim,
      begin: () => this.beginList(scope, source),
      change: (type, object) => this.change(source, type, object as T),
      advance: (version) => {
        source.seen = version;
      },
    };
  }

  /** Whether all of it has been listed once. */
  get isSynced(): boolean {
    return this.sources.size > 0 && [...this.sources.values()].every(({ seen }) => seen !== '');
  }

  get size(): number {
    return this.objects.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.objects.get(`${namespace}/${name}`)?.open();
  }

  all(): readonly T[] {
    return [...this.objects.values()].map((packed) => packed.open());
  }

  /** `label`: the value of the job's label; see jobLabel. */
  ofJob(namespace: string, label: string): readonly T[] {
    return [...(this.byJob.get(`${namespace}/${label}`) ?? [])].map((key) => this.objects.get(key)!.open());
  }

  /** The returned function ends it. */
  onChange(listener: ChangeListener<T>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The answer to an own write. What the watch has passed already is known better: it may even have been deleted. */
  put(written: KubeObject): void {
    const { namespace = ALL } = written.metadata;
    const source = this.sources.get(namespace) ?? this.sources.get(ALL);
    const key = keyOf(written);
    const version = versionOf(written);
    const known = this.objects.get(key);
    if (!source || !isLater(version, source.seen) || (known && !isLater(version, known.version))) return;
    this.set(key, this.slim(written) as T);
    this.unconfirmed.add(key);
  }

  private change(source: Source, type: EventType, object: T): void {
    const key = keyOf(object);
    const version = versionOf(object);
    source.seen = version;
    const known = this.objects.get(key);
    if (known?.version === version) {
      this.unconfirmed.delete(key);
      if (type !== 'DELETED') return;
    }
    // Older than an own write: the store stays ahead, but somebody else wrote in between, so it is news.
    if (known && isLater(known.version, version)) return this.tell('updated', known.open());
    this.unconfirmed.delete(key);
    if (type === 'DELETED') return this.remove(key, object);
    this.set(key, object);
    this.tell(known ? 'updated' : 'added', object);
  }

  /** Takes a list page by page; what is not in it goes at its end. */
  private beginList(scope: string, source: Source): ReturnType<WatchSink['begin']> {
    const keys = new Set<string>();
    return {
      page: (objects) => {
        for (const object of objects) {
          keys.add(keyOf(object));
          this.listOne(object as T);
        }
      },
      end: (version) => {
        source.seen = version;
        for (const [key, packed] of this.objects) {
          if (keys.has(key) || (scope !== ALL && packed.namespace !== scope)) continue;
          const isOurs = this.unconfirmed.has(key) && isLater(packed.version, version);
          if (!isOurs) this.remove(key, packed.open());
        }
      },
    };
  }

  private listOne(object: T): void {
    const key = keyOf(object);
    const known = this.objects.get(key);
    const wasOurs = this.unconfirmed.has(key);
    // A list skips states: what somebody else wrote before our write has not been told yet.
    if (known && wasOurs && isLater(known.version, versionOf(object))) return this.tell('updated', known.open());
    this.unconfirmed.delete(key);
    if (known && !wasOurs && known.version === versionOf(object)) return;
    this.set(key, object);
    this.tell(known ? 'updated' : 'added', object);
  }

  private set(key: string, object: T): void {
    this.forget(key);
    const packed = pack(object);
    this.objects.set(key, packed);
    if (packed.job === undefined) return;
    const siblings = this.byJob.get(packed.job) ?? new Set<string>();
    this.byJob.set(packed.job, siblings.add(key));
  }

  private remove(key: string, last: T): void {
    this.unconfirmed.delete(key);
    if (this.forget(key)) this.tell('deleted', last);
  }

  private forget(key: string): boolean {
    const job = this.objects.get(key)?.job;
    const siblings = job === undefined ? undefined : this.byJob.get(job);
    siblings?.delete(key);
    if (job !== undefined && siblings?.size === 0) this.byJob.delete(job);
    return this.objects.delete(key);
  }

  private tell(type: ChangeType, object: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(type, object);
      } catch (failure) {
        this.onListenerFailure(failure);
      }
    }
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
const versionOf = ({ metadata }: KubeObject): string => metadata.resourceVersion ?? '';
