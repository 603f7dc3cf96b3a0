/**
 * One pass over one job: observe, decide, carry out, and say when to look again. Level-triggered: what set a pass off
 * does not matter, only what is there.
 */
import { isApiError } from './cluster/api-error.ts';
import type { CarryOut } from './carry-out.ts';
import { NameTaken, troubleOf } from './carry-out.ts';
import type { Inputs } from './inputs.ts';
import type { JobMemory } from './job-memory.ts';
import { newMemory } from './job-memory.ts';
import type { Observer } from './observe.ts';
import type { ApplyTrouble, Observed } from './reconcile/observed.ts';
import type { Plan } from './reconcile/plan.ts';
import { reconcile } from './reconcile/reconcile.ts';
import type { OperatorMetrics } from './telemetry/metrics.ts';
import type { WorkQueue } from './work-queue.ts';

export interface ControllerNeeds {
  readonly observer: Pick<Observer, 'observe' | 'forget'>;
  readonly carryOut: CarryOut;
  readonly inputs: Pick<Inputs, 'dueMillis'>;
  readonly queue: Pick<WorkQueue, 'addAfter' | 'failed' | 'succeeded'>;
  readonly metrics: Pick<OperatorMetrics, 'reconciled' | 'reconcileFailed' | 'sampled' | 'forgot'>;
  /** A pass failed in a way that is worth a line; it comes again after `retryMillis`. */
  readonly onFailure: (key: string, reason: string, error: unknown, retryMillis: number) => void;
  readonly now: () => number;
}

/** Numbers of a status that move are written no more often than that. */
const STATUS_MILLIS = 30_000;
/** Nothing was missed, as far as we know; this is for what we do not know. */
const RESYNC_MILLIS = 600_000;
/** Pods that are not ready are asked why. */
const UNREADY_MILLIS = 5000;
/** An API server that does not answer is asked again soon: the first one back is the first one served. */
const SILENT_MILLIS = 2000;

export class Controller {
  private readonly needs: ControllerNeeds;
  private readonly memories = new Map<string, JobMemory>();

  constructor(needs: ControllerNeeds) {
    this.needs = needs;
  }

  /** `key`: NAMESPACE/NAME. Never rejects: a failure is told, and the key comes again. */
  async pass(key: string): Promise<void> {
    const { metrics, queue, now } = this.needs;
    const begin = now();
    try {
      await this.passOver(key);
      queue.succeeded(key);
      metrics.reconciled('succeeded', now() - begin);
    } catch (error) {
      this.fail(key, error);
      metrics.reconciled('failed', now() - begin);
    }
  }

  private async passOver(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const memory = this.memories.get(key) ?? newMemory();
    const observed = await this.needs.observer.observe(namespace, name, memory);
    if (!observed) return this.forget(key);
    this.memories.set(key, memory);
    const plan = reconcile(observed);
    memory.scaling = plan.scaling;
    await this.applyObjects(observed, plan, memory);
    await this.writeStatus(observed, plan, memory);
    await this.needs.carryOut.ending(observed, plan);
    this.sample(observed, plan);
    this.needs.queue.addAfter(key, this.nextMillis(key, observed, plan));
  }

  /** What the API server refuses is told in the status before the pass fails. */
  private async applyObjects(observed: Observed, plan: Plan, memory: JobMemory): Promise<void> {
    try {
      await this.needs.carryOut.objects(observed, plan);
      memory.applyTrouble = undefined;
    } catch (error) {
      if (isSilent(error) || !isRefusal(error)) throw error;
      memory.applyTrouble = troubleOf(error);
      await this.tell(observed, memory, memory.applyTrouble);
      throw error;
    }
  }

  private async tell(observed: Observed, memory: JobMemory, applyTrouble: ApplyTrouble): Promise<void> {
    const plan = reconcile({ ...observed, applyTrouble });
    if (await this.writeStatus(observed, plan, memory)) {
      await this.needs.carryOut.ending(observed, { ...plan, cleanup: undefined, finalizer: undefined });
    }
  }

  private async writeStatus(observed: Observed, plan: Plan, memory: JobMemory): Promise<boolean> {
    const mayWait = this.needs.now() - memory.statusAt < STATUS_MILLIS;
    const isWritten = await this.needs.carryOut.status(observed, plan, { mayWait });
    if (isWritten) memory.statusAt = this.needs.now();
    return isWritten;
  }

  private nextMillis(key: string, { pods, applyTrouble }: Observed, { requeueMillis, status }: Plan): number {
    const memory = this.memories.get(key)!;
    const sinceStatus = this.needs.now() - memory.statusAt;
    const isUnready = pods.some(({ isReady, isDeleting }) => !isReady && !isDeleting);
    return Math.min(
      RESYNC_MILLIS,
      requeueMillis ?? Infinity,
      this.needs.inputs.dueMillis(key) ?? Infinity,
      isUnready ? UNREADY_MILLIS : Infinity,
      // The status was made while the last apply had failed, and it has succeeded since.
      applyTrouble && !memory.applyTrouble ? 0 : Infinity,
      status && sinceStatus < STATUS_MILLIS ? STATUS_MILLIS - sinceStatus : Infinity,
    );
  }

  private sample({ job, kafka }: Observed, { status }: Plan): void {
    if (!status) return;
    const { namespace, name } = job.metadata;
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    const isExpected = ready !== undefined && ready.reason !== 'Suspended' && ready.reason !== 'Completed';
    this.needs.metrics.sampled({
      namespace,
      name,
      phase: status.phase ?? 'Pending',
      isReady: isExpected ? ready.status === 'True' : undefined,
      lag: kafka.progress ? status.lag : undefined,
      watermark: status.watermark === undefined ? undefined : Date.parse(status.watermark),
      deadLetters: kafka.progress?.deadLetters,
    });
  }

  private forget(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    this.memories.delete(key);
    this.needs.observer.forget(key);
    this.needs.metrics.forgot({ namespace, name });
  }

  private fail(key: string, error: unknown): void {
    const { queue, metrics, onFailure } = this.needs;
    const reason = reasonOf(error);
    metrics.reconcileFailed(reason);
    // Deleted meanwhile: the watch tells, and there is nothing to do.
    if (isApiError(error) && error.isNotFound) return queue.addAfter(key, SILENT_MILLIS);
    if (isSilent(error)) {
      queue.addAfter(key, SILENT_MILLIS);
      return onFailure(key, reason, error, SILENT_MILLIS);
    }
    onFailure(key, reason, error, queue.failed(key));
  }
}

const isSilent = (error: unknown): boolean => isApiError(error) && error.isSilent;
const isRefusal = (error: unknown): boolean => isApiError(error) || error instanceof NameTaken;

function reasonOf(error: unknown): string {
  if (error instanceof NameTaken) return 'NameConflict';
  if (isApiError(error)) return error.reason;
  const code: unknown = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'Unexpected';
}
