/**
 * Judges a StreamJob as the pods would: by the runtime's schema, rules and planner. What the API server let through may
 * still be wrong, since CEL sees neither expressions nor types of fields.
 */
import { fingerprint } from '../../crds/fingerprint.ts';
import { parseStreamJob } from '../../crds/parse.ts';
import { planJob } from '../../job-runtime/engine/plan/planner.ts';
import { sinkProblems } from '../../job-runtime/sinks/sink-problems.ts';
import type { SpecVerdict } from '../reconcile/observed.ts';
import type { JobResource } from '../resources/kube-object.ts';

/** Of a manifest, such as one that a revision holds: all problems at once, each with its path. */
export function evaluateManifest(manifest: unknown): SpecVerdict {
  const parsed = parseStreamJob(manifest);
  if ('problems' in parsed) return parsed;
  const { job } = parsed;
  const planned = planJob(job);
  if ('problems' in planned) return planned;
  const problems = sinkProblems(job.spec.sink, planned.plan);
  if (problems.length > 0) return { problems };
  const { stages, growth } = planned.plan;
  return { sound: { job, stages: stages.length, growth, fingerprint: fingerprint(job.spec) } };
}

/** Of a resource: its status and what the API server adds to its metadata are not the user's, and not judged. */
export function evaluateSpec({ apiVersion, kind, metadata, spec }: JobResource): SpecVerdict {
  const { name, namespace } = metadata;
  return evaluateManifest({ apiVersion, kind, metadata: { name, namespace }, spec });
}

/** Verdicts by what they were made of: a spec is judged once, not at every pass. */
export class SpecVerdicts {
  private readonly most: number;
  /** The one that was wanted last stands last. */
  private readonly verdicts = new Map<string, SpecVerdict>();

  /** `most`: how many are kept. */
  constructor(most: number) {
    this.most = most;
  }

  /** The API server counts the generation up with each change of the spec. */
  of(job: JobResource): SpecVerdict {
    const { uid, generation } = job.metadata;
    return this.find(`${uid} ${generation}`, () => evaluateSpec(job));
  }

  /** `json`: the manifest that a revision holds. */
  ofJson(json: string): SpecVerdict {
    return this.find(json, () => evaluateManifest(jsonOf(json)));
  }

  private find(key: string, evaluate: () => SpecVerdict): SpecVerdict {
    const verdict = this.verdicts.get(key) ?? evaluate();
    this.verdicts.delete(key);
    this.verdicts.set(key, verdict);
    const [oldest] = this.verdicts.keys();
    if (this.verdicts.size > this.most) this.verdicts.delete(oldest!);
    return verdict;
  }
}

/** Undefined, which is no manifest either, where the text is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
