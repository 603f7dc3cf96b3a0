/**
 * Kubernetes objects as the API sends them: plain JSON, instants as text. The classes of the client library turn texts
 * into dates and rename fields; what is applied and compared here stays as it travels.
 */
import type { StreamJobStatus } from '../../crds/stream-job.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  /** Of a ConfigMap. */
  readonly immutable?: boolean;
  /** Of a ServiceAccount. */
  readonly automountServiceAccountToken?: boolean;
}

/** Enough to find an object; `uid`: only this one, and not its successor of the same name. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** A StreamJob as the API server holds it: its spec has passed the CRD's schema and CEL, and nothing more. */
export interface JobResource extends KubeObject {
  readonly metadata: ObjectMeta & { readonly namespace: string; readonly uid: string; readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: StreamJobStatus;
}
