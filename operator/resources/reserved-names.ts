/** Names that a job's podTemplate cannot have: the operator finds its pods by them, or they would loosen their security. */
import { LABELS, OWN_PREFIX } from './labels.ts';

const OWN_ENV = 'STREAMJOB_';
/** Written by the Deployment's controller. */
const TEMPLATE_HASH = 'pod-template-hash';
const OWN_LABELS: ReadonlySet<string> = new Set([...Object.values(LABELS), TEMPLATE_HASH]);
/** Old ways to say in an annotation what a security context says. */
const SECURITY_ANNOTATIONS = [
  'container.apparmor.security.beta.kubernetes.io/',
  'container.seccomp.security.alpha.kubernetes.io/',
  'seccomp.security.alpha.kubernetes.io/',
];

export const isReservedLabel = (name: string): boolean => name.startsWith(OWN_PREFIX) || OWN_LABELS.has(name);

export const isReservedAnnotation = (name: string): boolean =>
  [OWN_PREFIX, ...SECURITY_ANNOTATIONS].some((prefix) => name.startsWith(prefix));

export const isReservedVariable = (name: string): boolean => name.startsWith(OWN_ENV);
