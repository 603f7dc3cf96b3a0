/** What a pass decides: values that the edges carry out, in this order. */
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import type { KubeObject, ObjectRef } from '../resources/kube-object.ts';
import type { ScalingMemory } from './observed.ts';

/** A line for `kubectl describe`. */
export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, such as Scaled. */
  readonly reason: string;
  readonly message: string;
}

/** What goes from Kafka with the job. */
export interface KafkaCleanup {
  readonly runs: readonly string[];
  /** The job's topic too; undefined: it stays. */
  readonly topic: string | undefined;
}

export interface Plan {
  /** `add` before anything else, `remove` after all else. */
  readonly finalizer: 'add' | 'remove' | undefined;
  /** Deleted, each only if its uid is still the one that was seen. */
  readonly remove: readonly ObjectRef[];
  /** Applied in order (server-side apply, one field manager, forced). */
  readonly apply: readonly KubeObject[];
  /** Before the finalizer goes. */
  readonly cleanup: KafkaCleanup | undefined;
  /** The whole status; undefined: leave it. */
  readonly status: StreamJobStatus | undefined;
  readonly events: readonly EventDraft[];
  readonly scaling: ScalingMemory;
  /** When to look again though nothing has happened; undefined: at the next resync. */
  readonly requeueMillis: number | undefined;
}
