/**
 * Carries a plan out. In an order in which it may end anywhere: what pods need comes before them, what tells that
 * something is done comes after it, and a plan that was half carried out is made anew from what is there.
 */
import type { ApplyTrouble, Observed } from './reconcile/observed.ts';
import type { EventDraft, KafkaCleanup, Plan } from './reconcile/plan.ts';
import { statusChange } from './reconcile/status-change.ts';
import type { JobResource, KubeObject, ObjectRef } from './resources/kube-object.ts';
import { FINALIZER } from './resources/names.ts';
import type { Writes } from './cluster/apply.ts';

export interface CarryOutNeeds {
  readonly writes: Pick<Writes, 'applyObject' | 'deleteObject' | 'writeStatus' | 'changeFinalizer' | 'createEvent'>;
  /** Undefined: there is no object of this name, whoever it might belong to. */
  readonly find: (ref: ObjectRef) => Promise<KubeObject | undefined>;
  readonly clean: (observed: Observed, cleanup: KafkaCleanup) => Promise<void>;
  /** A write that the API server took. */
  readonly onWrite: (kind: string, verb: string) => void;
  /** An Event that could not be written is no reason to do a pass again. */
  readonly onEventFailure: (error: unknown) => void;
}

/** An object of somebody else stands where one of the job's should be. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
}

export class CarryOut {
  private readonly needs: CarryOutNeeds;

  constructor(needs: CarryOutNeeds) {
    this.needs = needs;
  }

  /** Everything but the status and what comes after it. */
  async objects({ job, owned }: Observed, { finalizer, remove, apply }: Plan): Promise<void> {
    const { writes, onWrite } = this.needs;
    if (finalizer === 'add') await this.finalizer(job, 'add');
    for (const ref of remove) {
      await writes.deleteObject(ref);
      onWrite(ref.kind, 'delete');
    }
    for (const object of apply) {
      if (!isKnown(owned, object)) await this.expectFree(job, object);
      await writes.applyObject(object);
      onWrite(object.kind, 'apply');
    }
  }

  /** Whether it was written. `mayWait`: numbers that move were written a moment ago. */
  async status(observed: Observed, plan: Plan, { mayWait }: { readonly mayWait: boolean }): Promise<boolean> {
    const { job } = observed;
    if (!plan.status) return false;
    const change = statusChange(job.status, plan.status);
    if (change === 'none' || (change === 'numbers' && mayWait)) return false;
    await this.needs.writes.writeStatus(job, plan.status);
    this.needs.onWrite(job.kind, 'status');
    return true;
  }

  /** After the status, so that a pass that is done again tells nothing twice. */
  async ending(observed: Observed, { cleanup, events, finalizer }: Plan): Promise<void> {
    const { clean } = this.needs;
    if (cleanup) await clean(observed, cleanup);
    for (const event of events) await this.event(observed.job, event);
    if (finalizer === 'remove') await this.finalizer(observed.job, 'remove');
  }

  private async event(job: JobResource, event: EventDraft): Promise<void> {
    const { writes, onWrite, onEventFailure } = this.needs;
    try {
      await writes.createEvent(job, event);
      onWrite('Event', 'create');
    } catch (error) {
      onEventFailure(error);
    }
  }

  private async finalizer(job: JobResource, change: 'add' | 'remove'): Promise<void> {
    await this.needs.writes.changeFinalizer(job, change, FINALIZER);
    this.needs.onWrite(job.kind, 'finalizer');
  }

  /** Applying would take over whatever stands there, and delete it with the job one day. */
  private async expectFree({ metadata }: JobResource, object: KubeObject): Promise<void> {
    const { apiVersion, kind } = object;
    const { name, namespace = '' } = object.metadata;
    const existing = await this.needs.find({ apiVersion, kind, name, namespace });
    const owner = existing?.metadata.ownerReferences?.find(({ controller }) => controller);
    if (!existing || owner?.uid === metadata.uid) return;
    const whose = owner ? `belongs to ${owner.kind} ${owner.name} (uid ${owner.uid})` : 'belongs to nobody';
    const advice =
      owner?.kind === 'StreamJob' ? 'it goes when that job is gone' : 'delete it, or give the job another name';
    throw new NameTaken(`${kind} ${name} exists already and ${whose}: ${advice}`);
  }
}

/** The last failure of an apply, for the status. */
export function troubleOf(error: unknown): ApplyTrouble {
  const message = error instanceof Error ? error.message : String(error);
  return { reason: error instanceof NameTaken ? 'NameConflict' : 'ApplyFailed', message };
}

const isKnown = (owned: readonly KubeObject[], { kind, metadata }: KubeObject): boolean =>
  owned.some((other) => other.kind === kind && other.metadata.name === metadata.name);
