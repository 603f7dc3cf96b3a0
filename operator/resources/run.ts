/**
 * Which run a job is in. It follows from the job alone, so an operator that crashes, or two of them, cannot make two
 * runs of one: a re-created job has another uid, and whoever wants a new run changes an annotation.
 */
import { RUN } from '../../crds/identity.ts';
import { base36Hash } from './hash.ts';
import type { JobResource } from './kube-object.ts';
import { ANNOTATIONS } from './labels.ts';

const RUN_DIGITS = 8;

/** 1 to 16 lower-case letters and digits. */
export function runOf({ metadata, spec: { resumeFrom } }: Pick<JobResource, 'metadata' | 'spec'>): string {
  if (typeof resumeFrom === 'string' && RUN.test(resumeFrom)) return resumeFrom;
  return base36Hash(metadata.uid + (metadata.annotations?.[ANNOTATIONS.newRun] ?? ''), RUN_DIGITS);
}
