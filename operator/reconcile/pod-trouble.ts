/** What the pods of a job say of their own trouble, worst first. */
import type { PodFacts } from './observed.ts';

export interface PodTrouble {
  readonly pod: string;
  /** Of the runtime's errors, where there is one. */
  readonly code: string;
  /** What the kubelet calls it; undefined: the pod runs, and says itself that it cannot work. */
  readonly failure: string | undefined;
  readonly message: string;
}

/** Failures before troubles, then by name, so that the same pod is named as long as it fails. */
export function podTroubles(pods: readonly PodFacts[]): PodTrouble[] {
  const living = pods.filter(({ isDeleting }) => !isDeleting).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...living.flatMap(failureOf), ...living.flatMap(troubleOf)];
}

/** A pod that is ready again has its failure behind it. */
function failureOf({ name, failure, isReady }: PodFacts): PodTrouble[] {
  if (!failure || isReady) return [];
  return [{ pod: name, code: failure.code ?? '', failure: failure.reason, message: failure.message }];
}

function troubleOf({ name, trouble, isReady }: PodFacts): PodTrouble[] {
  return trouble && !isReady ? [{ pod: name, failure: undefined, ...trouble }] : [];
}
