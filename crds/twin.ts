/**
 * A rule about one object, written twice side by side: as a predicate for zod (local runs, the operator, the runtime)
 * and as CEL for the API server. Both live in the schema, so the CRD cannot forget one; the shared table under
 * test/crd proves that they agree. Rules over several parts of a job, which need names to be resolved, are in `rules/`.
 */
import type * as z from 'zod';

export type Twin<T> = Readonly<{
  /** CEL over `self`, the same object. */
  cel: string;
  /** What would be right, as "must …" or "give …"; both sides say it. */
  message: string;
  holds: (value: T) => boolean;
  /** The member that is to blame; absent: the object itself. */
  at?: string;
  /** What stands there instead, for the local message: "; got …". */
  got?: (value: T) => string;
}>;

type Issue = Readonly<{ code?: string | undefined; path?: PropertyKey[] | undefined }>;

const isUnknownName = (issue: Issue): boolean => issue.code === 'unrecognized_keys';

/** Attaches the rules to a schema; each runs even when the object has unknown names or breaks another rule, but not on ill-typed parts. */
export function withTwins<S extends z.ZodType>(schema: S, twins: readonly Twin<z.output<S>>[]): S {
  let checked: S = schema;
  for (const twin of twins) {
    checked = checked.refine((value) => twin.holds(value as z.output<S>), {
      ...(twin.at === undefined ? {} : { path: [twin.at] }),
      when: (payload) => payload.issues.every((issue) => isUnknownName(issue) || issue.code === 'custom'),
      error: (issue) => twin.message + (twin.got ? `; got ${twin.got(issue.input as z.output<S>)}` : ''),
    });
  }
  return withRules(checked, twins);
}

/** Adds CEL rules to those that the schema already carries. */
function withRules<S extends z.ZodType>(schema: S, twins: readonly Pick<Twin<never>, 'cel' | 'message' | 'at'>[]): S {
  const before = (schema.meta()?.['x-kubernetes-validations'] ?? []) as object[];
  const added = twins.map(({ cel, message, at }) => ({
    rule: cel,
    message,
    ...(at === undefined ? {} : { fieldPath: `.${at}` }),
  }));
  return schema.meta({ 'x-kubernetes-validations': [...before, ...added] });
}

const present = (value: unknown, members: readonly string[]): string[] =>
  members.filter((member) => (value as Record<string, unknown>)[member] !== undefined);

const list = (names: readonly string[]): string => names.join(' and ');

/** A union: an object that holds exactly one of `members`, which a structural schema can type, unlike `oneOf`. */
export function exactlyOne<S extends z.ZodType>(schema: S, members: readonly (keyof z.output<S> & string)[]): S {
  const message = `give exactly one of ${members.join(', ')}`;
  const checked = schema.refine((value) => present(value, members).length === 1, {
    // A misspelt member already is a problem of its own: no second one that says "none".
    when: ({ value, issues }) =>
      typeof value === 'object' &&
      value !== null &&
      !(present(value, members).length === 0 && issues.some((issue) => isUnknownName(issue) && !issue.path?.length)),
    error: (issue) => `${message}; got ${list(present(issue.input, members)) || 'none'}`,
  });
  const cel = `[${members.map((member) => `has(self.${member})`).join(', ')}].filter(given, given).size() == 1`;
  return withRules(checked, [{ cel, message }]);
}
