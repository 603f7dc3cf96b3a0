/**
 * The rules of leadership, without clock or network: a Lease names who leads, and whoever leads renews it.
 *
 * - We lead from the answer to a write of the Lease until `deadlineMillis` after that write *began*, by our own clocks.
 *   Nothing has to happen for it to end: a process that was frozen finds out by looking.
 * - Somebody else's Lease may be taken once we ourselves have seen it unchanged for `durationMillis`. What it says about
 *   times is for people: no clock but our own is believed.
 *
 * A write is seen no earlier than it began, so a taker waits `durationMillis` from a later moment than the one from
 * which the holder counts its shorter `deadlineMillis`: with clocks that run equally fast within a third, two never lead
 * at once. Writes carry the resourceVersion that they are based on, so of two takers one is refused.
 */

export interface LeaseTiming {
  readonly durationMillis: number;
  readonly deadlineMillis: number;
  /** Between attempts to renew or to take. */
  readonly retryMillis: number;
}

/** As client-go has it. */
export const LEASE_TIMING: LeaseTiming = { durationMillis: 15_000, deadlineMillis: 10_000, retryMillis: 2_000 };

/** Two clocks of this process, in milliseconds: one may stand still while the machine sleeps, the other may be set. */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

/** The spec of coordination.k8s.io/v1 Lease. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface FoundLease {
  readonly version: string;
  readonly spec: LeaseSpec;
}

export type LeaseStep =
  | { readonly kind: 'read' }
  | { readonly kind: 'create'; readonly spec: LeaseSpec }
  | { readonly kind: 'replace'; readonly spec: LeaseSpec; readonly version: string };

interface Sighting {
  readonly lease: FoundLease;
  /** When we first saw it so. */
  readonly at: Instant;
}

export class LeaseTerm {
  private readonly me: string;
  private readonly timing: LeaseTiming;
  private sighting: Sighting | undefined;
  /** Whether the sighting is from our own write, with no failure since: it can be renewed without a look. */
  private isOwnWrite = false;
  /** When the last write that succeeded began. */
  private renewedAt: Instant | undefined;

  /** `me`: another one for each process, so that a restarted one is not taken for the one before. */
  constructor(me: string, timing: LeaseTiming = LEASE_TIMING) {
    this.me = me;
    this.timing = timing;
  }

  /** How a round begins. */
  begin(now: Instant): LeaseStep {
    if (!this.isOwnWrite || !this.sighting) return { kind: 'read' };
    return this.replacing(this.sighting.lease, now);
  }

  /** After a read (undefined: there is no Lease): what to write; undefined: it is somebody else's. */
  onRead(found: FoundLease | undefined, now: Instant): LeaseStep | undefined {
    this.isOwnWrite = false;
    if (found === undefined) {
      this.sighting = undefined;
      return { kind: 'create', spec: this.spec(undefined, now) };
    }
    if (this.sighting?.lease.version !== found.version) this.sighting = { lease: found, at: now };
    return this.mayTake(this.sighting!, now) ? this.replacing(found, now) : undefined;
  }

  /** A write succeeded; `began`: right before it was sent. */
  onWritten(written: FoundLease, began: Instant): void {
    this.sighting = { lease: written, at: began };
    this.isOwnWrite = true;
    this.renewedAt = began;
  }

  /** Anything else: refused, or no answer, after which nobody knows what the Lease says. */
  onFailed(): void {
    this.isOwnWrite = false;
  }

  /** Stops leading; what to write so that others need not wait. Undefined: there is nothing to give back. */
  release(now: Instant): LeaseStep | undefined {
    this.renewedAt = undefined;
    if (!this.isOwnWrite || !this.sighting) return undefined;
    this.isOwnWrite = false;
    const { version, spec } = this.sighting.lease;
    const time = timeOf(now);
    return {
      kind: 'replace',
      version,
      spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: time, acquireTime: time },
    };
  }

  isLeading(now: Instant): boolean {
    return this.leadingMillis(now) > 0;
  }

  /** How long we may still lead if no further write succeeds; 0: we do not. The clock that ran more decides. */
  leadingMillis(now: Instant): number {
    if (!this.renewedAt) return 0;
    const gone = Math.max(now.monotonic - this.renewedAt.monotonic, now.wall - this.renewedAt.wall);
    return Math.max(0, this.timing.deadlineMillis - gone);
  }

  private mayTake({ lease, at }: Sighting, now: Instant): boolean {
    const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec;
    if (holderIdentity === '' || holderIdentity === this.me) return true;
    const duration = Math.max(this.timing.durationMillis, leaseDurationSeconds * 1000);
    return now.monotonic - at.monotonic >= duration;
  }

  private replacing({ version, spec }: FoundLease, now: Instant): LeaseStep {
    return { kind: 'replace', version, spec: this.spec(spec, now) };
  }

  private spec(before: LeaseSpec | undefined, now: Instant): LeaseSpec {
    const isMine = before?.holderIdentity === this.me;
    const time = timeOf(now);
    return {
      holderIdentity: this.me,
      leaseDurationSeconds: Math.ceil(this.timing.durationMillis / 1000),
      acquireTime: isMine ? (before.acquireTime ?? time) : time,
      renewTime: time,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isMine || before === undefined ? 0 : 1),
    };
  }
}

/** Six digits of a second, as the API wants it. */
const timeOf = ({ wall }: Instant): string => new Date(wall).toISOString().replace('Z', '000Z');
