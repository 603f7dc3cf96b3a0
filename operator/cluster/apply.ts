/**
 * All that the operator writes to Kubernetes about jobs. Each write asks the fence right before it goes out, so that an
 * operator that no longer leads, or was frozen and does not know it yet, writes nothing.
 *
 * The status goes by server-side apply with a manager of its own: it replaces all that we wrote before and keeps
 * conditions that others added, where a merge patch would have to name each field that is to go, and would take their
 * conditions along. The resourceVersion goes with it, and after a conflict the uid is looked at, since the API server
 * ignores that in a status: a job deleted and created again meanwhile does not get its predecessor's status.
 */
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import type { EventDraft } from '../reconcile/plan.ts';
import type { JobResource, KubeObject, ObjectRef } from '../resources/kube-object.ts';
import { FIELD_MANAGER } from '../resources/names.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient, RequestOptions } from './kube-client.ts';
import { eventOf } from './event-object.ts';
import { collectionPath, objectPath } from './kinds.ts';
import type { Place } from './kinds.ts';

/**
 * Throws when we may no longer lead; else says within how many milliseconds a write must have ended, so that it cannot
 * come to pass under another leader.
 */
export type Fence = () => number;

export interface WriteNeeds {
  readonly client: KubeClient;
  readonly assertLeading: Fence;
  /** Each answer, to be put into the caches. */
  readonly onWritten: (object: KubeObject) => void;
  /** Milliseconds since the epoch, for Events. */
  readonly now: () => number;
  /** Of this process, for Events: the pod's name. */
  readonly instance: string;
}

const STATUS_MANAGER = `${FIELD_MANAGER}-status`;
const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
const LONGEST_WRITE_MILLIS = 10_000;
/** To write what somebody else changes at the same time. */
const ATTEMPTS = 3;

/** All methods reject with an ApiError, or with what the fence throws. */
export class Writes {
  private readonly needs: WriteNeeds;

  constructor(needs: WriteNeeds) {
    this.needs = needs;
  }

  /** Creates it or makes its fields what we say; fields that we said before and say no more go. */
  async applyObject(object: KubeObject): Promise<KubeObject> {
    const { metadata } = object;
    const { resourceVersion: _, ...rest } = metadata;
    const body = { ...object, metadata: rest };
    return this.apply(objectPath(placeOf(object)), body, FIELD_MANAGER);
  }

  /** Gone, or already its successor: both are what was wanted. What it owns goes after it. */
  async deleteObject(ref: ObjectRef): Promise<void> {
    const preconditions = ref.uid === undefined ? undefined : { uid: ref.uid };
    try {
      await this.send('DELETE', objectPath(ref), {
        body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions },
      });
    } catch (failure) {
      if (isApiError(failure) && (failure.isNotFound || failure.isConflict)) return;
      throw failure;
    }
  }

  /** The whole status of this very job. Undefined: the job is gone. */
  writeStatus(job: JobResource, status: StreamJobStatus): Promise<KubeObject | undefined> {
    const { apiVersion, kind } = job;
    const path = objectPath(placeOf(job), 'status');
    return this.onNewest(job, ({ metadata: { namespace, name, resourceVersion } }) =>
      this.apply(path, { apiVersion, kind, metadata: { namespace, name, resourceVersion }, status }, STATUS_MANAGER),
    );
  }

  /**
   * Adds or removes one finalizer and leaves the others: by merge patch with a resourceVersion. Not by apply, which
   * could not remove what a user's own apply of a backup claims as well. Undefined: the job is gone.
   */
  changeFinalizer(job: JobResource, change: 'add' | 'remove', finalizer: string): Promise<KubeObject | undefined> {
    return this.onNewest(job, (current) => this.patchFinalizers(current, change, finalizer));
  }

  /** A line for `kubectl describe`. */
  async createEvent(regarding: JobResource, draft: EventDraft): Promise<void> {
    const { now, instance } = this.needs;
    const event = eventOf(regarding, draft, { now: now(), instance });
    await this.send('POST', collectionPath(event.place), { body: event.body });
  }

  private async patchFinalizers(job: KubeObject, change: 'add' | 'remove', finalizer: string): Promise<KubeObject> {
    const { finalizers = [], uid, resourceVersion, deletionTimestamp } = job.metadata;
    const others = finalizers.filter((each) => each !== finalizer);
    const wanted = change === 'add' ? [...others, finalizer] : others;
    const isThere = finalizers.includes(finalizer);
    // A job that is being deleted takes no new finalizer.
    if (isThere === (change === 'add') || (change === 'add' && deletionTimestamp !== undefined)) return job;
    const body = { metadata: { uid, resourceVersion, finalizers: wanted } };
    const written = await this.send<KubeObject>('PATCH', objectPath(placeOf(job)), {
      body,
      contentType: MERGE,
      query: { fieldManager: FIELD_MANAGER },
    });
    // With its last finalizer an object that is being deleted is gone.
    if (deletionTimestamp === undefined || wanted.length > 0) this.needs.onWritten(written);
    return written;
  }

  /** Writes on the state that we know, and when that has changed, on the newest one. Undefined: the job is gone. */
  private async onNewest(
    job: JobResource,
    write: (current: KubeObject) => Promise<KubeObject>,
  ): Promise<KubeObject | undefined> {
    let current: KubeObject | undefined = job;
    for (let attempt = 1; current; attempt++) {
      try {
        return await write(current);
      } catch (failure) {
        if (!isApiError(failure) || !(failure.isConflict || failure.isNotFound)) throw failure;
        if (failure.isConflict && attempt === ATTEMPTS) throw failure;
      }
      current = await this.newest(job);
    }
    return undefined;
  }

  private async newest(job: JobResource): Promise<KubeObject | undefined> {
    try {
      const found = await this.needs.client.request<KubeObject>('GET', objectPath(placeOf(job)));
      return found.metadata.uid === job.metadata.uid ? found : undefined;
    } catch (failure) {
      if (isApiError(failure) && failure.isNotFound) return undefined;
      throw failure;
    }
  }

  private async apply(path: string, body: object, fieldManager: string): Promise<KubeObject> {
    const query = { fieldManager, force: true };
    const written = await this.send<KubeObject>('PATCH', path, { body, contentType: APPLY, query });
    this.needs.onWritten(written);
    return written;
  }

  private async send<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const { client, assertLeading } = this.needs;
    const timeoutMillis = Math.min(LONGEST_WRITE_MILLIS, assertLeading());
    return client.request<T>(method, path, { ...options, timeoutMillis, guard: () => void assertLeading() });
  }
}

function placeOf({ apiVersion, kind, metadata }: KubeObject): Place {
  const { namespace, name } = metadata;
  if (namespace === undefined) throw new RangeError(`${kind} ${name} has no namespace`);
  return { apiVersion, kind, namespace, name };
}
