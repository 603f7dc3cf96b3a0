/** What the caches leave out: with a thousand jobs it is most of their memory, and nobody here reads it. */
import type { KubeObject, ObjectMeta } from '../resources/kube-object.ts';

/** kubectl's own copy of the object. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Without managedFields and without what kubectl applied last. So nothing from a cache may be written back whole. */
export function withoutBallast(object: KubeObject): KubeObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata as ObjectMeta & { managedFields?: unknown };
  if (annotations === undefined) return { ...object, metadata };
  const { [LAST_APPLIED]: __, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

/** Of a pod, which is large, only how it fares: nobody compares its spec, which its Deployment holds. */
export function podWithoutSpec(pod: KubeObject): KubeObject {
  const { spec: _, ...rest } = withoutBallast(pod);
  return rest;
}
