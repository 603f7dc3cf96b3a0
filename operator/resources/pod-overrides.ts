/**
 * What of a pod a job's author may change: the allow-list of spec.runtime.podTemplate, member by member. Nothing is
 * passed on as it came: a member that is not named here does not reach a pod, whatever a schema let through.
 */
import type {
  V1Affinity,
  V1EnvVar,
  V1LocalObjectReference,
  V1ResourceRequirements,
  V1Toleration,
} from '@kubernetes/client-node';
import type { Resources, Runtime } from '../../crds/stream-job.ts';
import type { Labels } from './labels.ts';
import { canonicalQuantity } from './quantity.ts';
import { isReservedAnnotation, isReservedLabel, isReservedVariable } from './reserved-names.ts';

type PodTemplate = NonNullable<Runtime['podTemplate']>;
type Env = NonNullable<PodTemplate['env']>[number];
type Amounts = NonNullable<Resources['limits']>;

/** Members of a V1PodSpec. */
interface Placement {
  readonly nodeSelector?: Record<string, string>;
  readonly tolerations?: V1Toleration[];
  readonly affinity?: V1Affinity;
  readonly imagePullSecrets?: V1LocalObjectReference[];
}

export const furtherLabels = ({ labels = {} }: PodTemplate): Labels => without(labels, isReservedLabel);

export const furtherAnnotations = ({ annotations = {} }: PodTemplate): Labels =>
  without(annotations, isReservedAnnotation);

/** The first of two of one name: Kubernetes takes no list with both. */
export function furtherVariables({ env = [] }: PodTemplate): V1EnvVar[] {
  const names = env.map(({ name }) => name);
  return env
    .filter(({ name }, index) => !isReservedVariable(name) && names.indexOf(name) === index)
    .map((variable) => variableOf(variable));
}

export function placement({ nodeSelector, tolerations, affinity, imagePullSecrets }: PodTemplate): Placement {
  return {
    ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
    ...(tolerations && {
      tolerations: tolerations.map((given) => pick(given, ['key', 'operator', 'value', 'effect', 'tolerationSeconds'])),
    }),
    ...(affinity && { affinity: pick(affinity as V1Affinity, ['nodeAffinity', 'podAffinity', 'podAntiAffinity']) }),
    ...(imagePullSecrets && { imagePullSecrets: imagePullSecrets.map(({ name }) => ({ name })) }),
  };
}

/** As the API server writes them. Throws a RangeError on what is no quantity. */
export function resourcesOf({ requests, limits }: Resources): V1ResourceRequirements {
  return { ...(requests && { requests: amountsOf(requests) }), ...(limits && { limits: amountsOf(limits) }) };
}

function amountsOf(amounts: Amounts): Record<string, string> {
  const given = pick(amounts, ['cpu', 'memory', 'ephemeral-storage']);
  return Object.fromEntries(Object.entries(given).map(([name, amount]) => [name, canonicalQuantity(amount)]));
}

function variableOf({ name, value, valueFrom }: Env): V1EnvVar {
  const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  if (secretKeyRef) return { name, valueFrom: { secretKeyRef: keyRef(secretKeyRef) } };
  if (configMapKeyRef) return { name, valueFrom: { configMapKeyRef: keyRef(configMapKeyRef) } };
  return { name, value: value ?? '' };
}

interface KeyRef {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean | undefined;
}

const keyRef = ({ name, key, optional }: KeyRef): { name: string; key: string; optional?: boolean } => ({
  name,
  key,
  ...(optional !== undefined && { optional }),
});

const without = (members: Labels, isReserved: (name: string) => boolean): Labels =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !isReserved(name)));

/** The named members that are there. */
function pick<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  const picked: { [P in K]?: Exclude<T[P], undefined> } = {};
  for (const name of names) {
    if (from[name] !== undefined) picked[name] = from[name] as Exclude<T[K], undefined>;
  }
  return picked;
}
