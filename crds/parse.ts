/**
 * Judges a manifest: one call gives either the job with its defaults applied, or all problems at once, each with its
 * path and what would be right. First each part of the spec is held against its schema, then the rules over several
 * parts run wherever the parts that they need are sound.
 */
import type * as z from 'zod';
import { problemsOf } from './issues.ts';
import type { Problem } from './problem.ts';
import { SPEC_RULES } from './rules/index.ts';
import { brokenRules } from './rules/spec-rule.ts';
import { SpecParts } from './spec.ts';
import type { SpecPart, StreamJobSpec } from './spec.ts';
import { StreamJob } from './stream-job.ts';

export type { Problem } from './problem.ts';

export function parseStreamJob(document: unknown): { job: StreamJob } | { problems: Problem[] } {
  const parsed = StreamJob.safeParse(document, { reportInput: true });
  const problems = parsed.success ? [] : problemsOf(StreamJob, parsed.error.issues);
  const { spec, sound } = soundParts(document);
  problems.push(...brokenRules(SPEC_RULES, spec, sound));
  return parsed.success && problems.length === 0 ? { job: parsed.data } : { problems };
}

/** The parts of the spec that are sound by themselves; the others stay absent. */
function soundParts(document: unknown): { spec: StreamJobSpec; sound: Set<SpecPart> } {
  const given = member(document, 'spec');
  const spec: Partial<Record<SpecPart, unknown>> = {};
  const sound = new Set<SpecPart>();
  for (const [name, schema] of Object.entries(SpecParts.shape) as [SpecPart, z.ZodType][]) {
    const parsed = schema.safeParse(member(given, name));
    if (!parsed.success) continue;
    sound.add(name);
    spec[name] = parsed.data;
  }
  return { spec: spec as StreamJobSpec, sound };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
