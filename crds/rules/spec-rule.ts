/**
 * A rule over several parts of a spec, in two halves: `check` for zod's side, with exact paths and nearest names, and
 * `cel` for the API server, as far as CEL can say it.
 */
import { pathText } from '../problem.ts';
import type { Problem } from '../problem.ts';
import type { SpecPart, StreamJobSpec } from '../spec.ts';

export type Cel = Readonly<{ rule: string; message: string; fieldPath?: string }>;

/** Reports a problem at a path below `spec`. */
export type Report = (path: readonly PropertyKey[], message: string) => void;

export type SpecRule = Readonly<{
  needs: readonly SpecPart[];
  cel?: readonly Cel[];
  check: (spec: StreamJobSpec, report: Report) => void;
}>;

/** The rule runs only when the parts that it needs could be parsed, and sees no others. */
export function specRule<K extends SpecPart>(
  needs: readonly K[],
  check: (spec: Pick<StreamJobSpec, K>, report: Report) => void,
  cel: readonly Cel[] = [],
): SpecRule {
  return { needs, check, cel };
}

/** All problems that the rules find in the parts that could be parsed. */
export function brokenRules(rules: readonly SpecRule[], spec: StreamJobSpec, parsed: ReadonlySet<SpecPart>): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, message) => void problems.push({ path: pathText(['spec', ...path]), message });
  for (const rule of rules) {
    if (rule.needs.every((part) => parsed.has(part))) rule.check(spec, report);
  }
  return problems;
}
