/** Labels, selectors and annotations: all that the operator writes beside the specs, and by which it finds its objects. */
import type { JobIdentity } from '../../crds/identity.ts';
import { base36Hash } from './hash.ts';

/** Everything below it is the operator's own. */
export const OWN_PREFIX = 'streamjob.dev/';

export const LABELS = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  job: `${OWN_PREFIX}job`,
  run: `${OWN_PREFIX}run`,
  /** Of pods and of the ConfigMap that they are made of. */
  revision: `${OWN_PREFIX}revision`,
} as const;

export const ANNOTATIONS = {
  /** Full name of the job, which a label has no room for. */
  name: `${OWN_PREFIX}name`,
  /** Of the Deployments: the revision that their pods are made of. */
  revision: `${OWN_PREFIX}revision`,
  /** Of the Deployments: what the ConfigMap of that revision holds, as a hash. */
  digest: `${OWN_PREFIX}digest`,
  /** Of a pod template: hash of the versions of the Secrets and ConfigMaps that the job names. */
  inputs: `${OWN_PREFIX}inputs`,
  /** On a StreamJob: another text begins a new run. */
  newRun: `${OWN_PREFIX}new-run`,
  /** On a StreamJob: another text takes the operator's present image and pod template. On a revision: that text. */
  upgrade: `${OWN_PREFIX}upgrade`,
  /** On a StreamJob, "true": the operator writes nothing. */
  paused: `${OWN_PREFIX}paused`,
} as const;

export const APP = 'streamjob';
export const MANAGED_BY = 'streamjob-operator';

export type Component = 'consumer' | 'producer';
export type Labels = Readonly<Record<string, string>>;

/** Length of a value that was shortened; one that was not is shorter, so that the two never look alike. */
const LONGEST_VALUE = 63;
const HASH_DIGITS = 10;

/** A job's name as a label's value; another one for each name. */
export function jobLabel(name: string): string {
  if (name.length < LONGEST_VALUE) return name;
  return `${name.slice(0, LONGEST_VALUE - HASH_DIGITS - 1)}-${base36Hash(name, HASH_DIGITS)}`;
}

/** Of an object of the job; `component` only where it belongs to one. */
export function objectLabels({ name, run }: Pick<JobIdentity, 'name' | 'run'>, component?: Component): Labels {
  return {
    [LABELS.name]: APP,
    [LABELS.instance]: jobLabel(name),
    ...(component && { [LABELS.component]: component }),
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.job]: jobLabel(name),
    [LABELS.run]: run,
  };
}

/** What never changes while the job lives: a Deployment's selector is immutable. Without a component: all pods. */
export function selectorLabels(name: string, component?: Component): Labels {
  return { ...(component && { [LABELS.component]: component }), [LABELS.job]: jobLabel(name) };
}

/** `a=b,c=d`, as the API takes it, and as the status shows it. */
export const selectorText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
