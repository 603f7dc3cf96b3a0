/** What the operator is told at its start: where it works, and what jobs get that do not say otherwise. */
import type { Kafka, Resources } from '../../crds/stream-job.ts';

export interface OperatorOptions {
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** Image of the job-runtime for jobs that name none. */
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** The cluster of jobs that name none; its Secrets are looked for in the namespace of the job. */
  readonly defaultKafka: Kafka | undefined;
  readonly defaultResources: Resources;
  /** Whether each job gets a NetworkPolicy that lets nobody but the metrics port in. */
  readonly networkPolicies: boolean;
  /** How long the deletion of a job waits for Kafka. */
  readonly cleanupMillis: number;
  readonly operatorVersion: string;
}
