/**
 * Whether a pod template that was read back is one that this operator could have made. The operator makes Deployments of
 * what a ConfigMap holds, with its own rights: whoever may write ConfigMaps could otherwise have it start privileged
 * pods. Only the security of the pod is judged; what a StreamJob's author may choose is not. Templates of earlier versions
 * have to pass too: what they made stays allowed here.
 */
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { canonicalJson } from './hash.ts';
import { ANNOTATIONS } from './labels.ts';
import { childName } from './names.ts';
import { CONTAINER, CONTAINER_SECURITY, POD_SECURITY } from './pod-template.ts';
import { isReservedAnnotation } from './reserved-names.ts';

type Members = Readonly<Record<string, unknown>>;

const POD_MEMBERS: ReadonlySet<string> = new Set([
  'serviceAccountName',
  'automountServiceAccountToken',
  'enableServiceLinks',
  'terminationGracePeriodSeconds',
  'securityContext',
  'nodeSelector',
  'tolerations',
  'affinity',
  'imagePullSecrets',
  'containers',
  'volumes',
  'topologySpreadConstraints',
]);
/** Lifecycle hooks run in the container; volume devices reach the node. */
const REFUSED_IN_CONTAINER = ['volumeDevices', 'lifecycle'];
const PROJECTED = new Set(['configMap', 'secret']);

export function isSafeTemplate(template: unknown, job: string): template is V1PodTemplateSpec {
  const { metadata, spec } = membersOf(template);
  const pod = membersOf(spec);
  return (
    hasSafeAnnotations(membersOf(metadata)) &&
    Object.keys(pod).every((name) => POD_MEMBERS.has(name)) &&
    pod['serviceAccountName'] === childName(job, 'serviceAccount') &&
    pod['automountServiceAccountToken'] === false &&
    isEqual(pod['securityContext'], POD_SECURITY) &&
    hasSafeContainer(listOf(pod['containers'])) &&
    listOf(pod['volumes']).every((volume) => isSafeVolume(membersOf(volume)))
  );
}

function hasSafeAnnotations({ annotations }: Members): boolean {
  return Object.keys(membersOf(annotations)).every((name) => name === ANNOTATIONS.name || !isReservedAnnotation(name));
}

function hasSafeContainer(containers: readonly unknown[]): boolean {
  const container = membersOf(containers[0]);
  return (
    containers.length === 1 &&
    container['name'] === CONTAINER &&
    isEqual(container['securityContext'], CONTAINER_SECURITY) &&
    REFUSED_IN_CONTAINER.every((name) => container[name] === undefined) &&
    listOf(container['ports']).every((port) => membersOf(port)['hostPort'] === undefined)
  );
}

function isSafeVolume({ name: _name, emptyDir, projected, ...others }: Members): boolean {
  if (Object.keys(others).length > 0) return false;
  if (emptyDir !== undefined) return projected === undefined;
  return listOf(membersOf(projected)['sources']).every((source) =>
    Object.keys(membersOf(source)).every((kind) => PROJECTED.has(kind)),
  );
}

const isEqual = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
