/** Jobs for tests: a spec with what every job needs, judged and completed by the schema. */
import { parseStreamJob } from '../../crds/parse.ts';
import type { StreamJob } from '../../crds/stream-job.ts';

/** Throws with all problems where the spec is wrong. */
export function jobOf(spec: object): StreamJob {
  const document = {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name: 'reference' },
    spec: { topic: { name: 'input' }, sink: { console: {} }, ...spec },
  };
  const parsed = parseStreamJob(document);
  if ('job' in parsed) return parsed.job;
  throw new RangeError(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}
