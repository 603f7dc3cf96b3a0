/** The fields of a pod that its container may ask for. */
import { NODE } from './api.ts';
import type { Pod } from './shapes.ts';

const OF_MAP = /^metadata\.(labels|annotations)\['(.+)'\]$/;

/** @throws Error for a field that the process kubelet does not know. */
export function fieldOf({ metadata, spec }: Pod, podIp: string, fieldPath: string): string {
  const [, map, key] = OF_MAP.exec(fieldPath) ?? [];
  if (map && key) return metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  const fields: Record<string, string> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': NODE,
    'spec.serviceAccountName': spec.serviceAccountName ?? 'default',
    'status.podIP': podIp,
    'status.hostIP': '127.0.0.1',
  };
  const value = fields[fieldPath];
  if (value === undefined) throw new Error(`the process kubelet does not know the field ${fieldPath}`);
  return value;
}
