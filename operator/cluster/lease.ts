/**
 * Leader election: of several operators one works, and the others wait. The rules are in lease-term.ts; this asks the
 * API server, keeps the time, and tells when leadership begins and ends.
 */
import type { KubeObject } from '../resources/kube-object.ts';
import { isApiError } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { collectionPath, objectPath } from './kinds.ts';
import type { Place } from './kinds.ts';
import { LEASE_TIMING, LeaseTerm } from './lease-term.ts';
import type { FoundLease, Instant, LeaseSpec, LeaseStep, LeaseTiming } from './lease-term.ts';
import { pauseFor } from './pause.ts';

export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

export interface LeaseNeeds {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Of this process; another one after a restart. */
  readonly me: string;
  readonly clock?: (() => Instant) | undefined;
  readonly timing?: LeaseTiming | undefined;
  readonly onChange: (isLeading: boolean) => void;
  /** Why the Lease cannot be read or written, in one line; undefined: it can again. Told when it changes. */
  readonly onTrouble?: ((trouble: string | undefined) => void) | undefined;
}

type LeaseObject = KubeObject & { readonly spec: LeaseSpec };

const systemClock = (): Instant => ({ monotonic: performance.now(), wall: Date.now() });
/** Of the time between the end of a leadership and the earliest next one: what writes that are under way do not get. */
const WRITE_MARGIN = 0.4;
/** A request that is not answered leaves time for one more before the deadline. */
const REQUEST_SHARE = 0.5;

export class Lease {
  private readonly needs: LeaseNeeds;
  private readonly place: Place;
  private readonly timing: LeaseTiming;
  private readonly clock: () => Instant;
  private readonly term: LeaseTerm;
  private wasLeading = false;
  private expiry: NodeJS.Timeout | undefined;
  private trouble: string | undefined;

  constructor(needs: LeaseNeeds) {
    this.needs = needs;
    this.timing = needs.timing ?? LEASE_TIMING;
    this.clock = needs.clock ?? systemClock;
    this.term = new LeaseTerm(needs.me, this.timing);
    const { namespace, name } = needs;
    this.place = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name };
  }

  /** By the clock, at this moment. */
  isLeading(): boolean {
    return this.term.isLeading(this.clock());
  }

  /**
   * For the fence of writes. Throws LeadershipLost, or says within how many milliseconds a write must have ended: behind
   * our own end, and before anybody else can begin.
   */
  assertLeading(): number {
    const left = this.term.leadingMillis(this.clock());
    if (left <= 0)
      throw new LeadershipLost(`this operator does not hold the Lease ${this.needs.name}: it writes nothing`);
    return left + (this.timing.durationMillis - this.timing.deadlineMillis) * (1 - WRITE_MARGIN);
  }

  /** Takes and renews the Lease until the signal aborts; then `release` when the last write has ended. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = this.clock().monotonic;
      await this.round(signal);
      await pauseFor(began + this.timing.retryMillis - this.clock().monotonic, signal);
    }
  }

  /** Stops leading at once and lets the next one begin. Never rejects: without it they wait a little longer. */
  async release(): Promise<void> {
    const step = this.term.release(this.clock());
    this.tell();
    if (!step) return;
    await this.carryOut(step).catch(() => undefined);
  }

  private async round(signal: AbortSignal): Promise<void> {
    try {
      let step: LeaseStep | undefined = this.term.begin(this.clock());
      if (step.kind === 'read') step = this.term.onRead(await this.read(), this.clock());
      if (step && !signal.aborted) await this.write(step);
      this.say(undefined);
    } catch (failure) {
      this.term.onFailed();
      // Somebody else was faster: that is what the Lease is for.
      if (!isApiError(failure) || !failure.isConflict) this.say((failure as Error).message);
    }
    this.tell();
  }

  private async read(): Promise<FoundLease | undefined> {
    try {
      return foundIn(await this.ask<LeaseObject>('GET', objectPath(this.place)));
    } catch (failure) {
      if (isApiError(failure) && failure.isNotFound) return undefined;
      throw failure;
    }
  }

  private async write(step: LeaseStep): Promise<void> {
    const began = this.clock();
    this.term.onWritten(foundIn(await this.carryOut(step)), began);
  }

  private carryOut(step: LeaseStep): Promise<LeaseObject> {
    const { apiVersion, kind, namespace, name } = this.place;
    if (step.kind === 'read') throw new RangeError('a read writes nothing');
    const isNew = step.kind === 'create';
    const metadata = { namespace, name, ...(isNew ? {} : { resourceVersion: step.version }) };
    const body = { apiVersion, kind, metadata, spec: step.spec };
    return isNew ? this.ask('POST', collectionPath(this.place), body) : this.ask('PUT', objectPath(this.place), body);
  }

  private ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const timeoutMillis = this.timing.deadlineMillis * REQUEST_SHARE;
    return this.needs.client.request<T>(method, path, { timeoutMillis, isUrgent: true, body });
  }

  /** Says when it has changed, and looks again when it would end by itself. */
  private tell(): void {
    clearTimeout(this.expiry);
    const left = this.term.leadingMillis(this.clock());
    // Rounded up: a timer that is early by a part of a millisecond would find us still leading.
    if (left > 0) this.expiry = setTimeout(() => this.tell(), Math.ceil(left)).unref();
    const isLeading = left > 0;
    if (isLeading === this.wasLeading) return;
    this.wasLeading = isLeading;
    this.needs.onChange(isLeading);
  }

  private say(trouble: string | undefined): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.needs.onTrouble?.(trouble);
  }
}

const foundIn = ({ metadata, spec }: LeaseObject): FoundLease => ({
  version: metadata.resourceVersion ?? '',
  spec: spec ?? {},
});
