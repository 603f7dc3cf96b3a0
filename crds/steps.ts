/** What happens to each record before the window or the sink. The meaning of each step: docs/semantics.md, section 4. */
import * as z from 'zod';
import { DnsName, Expression, FieldName, mapOf, namesOf } from './common.ts';
import { PositiveDuration } from './duration.ts';
import { exactlyOne, withTwins } from './twin.ts';

const Map = withTwins(
  z.strictObject({
    set: mapOf(FieldName, Expression, { min: 1, max: 64 })
      .optional()
      .describe(
        'New or changed fields, each with the CEL expression of its value; every expression sees the fields as they were before the step.',
      ),
    rename: mapOf(FieldName, FieldName, { min: 1, max: 32 }).optional().describe('OLD: NEW; after set.'),
    drop: namesOf(FieldName, 1, 64).optional().describe('Fields to leave out; after rename.'),
  }),
  [
    {
      cel: 'has(self.set) || has(self.rename) || has(self.drop)',
      message: 'give at least one of set, rename, drop',
      holds: ({ set, rename, drop }) => (set ?? rename ?? drop) !== undefined,
    },
  ],
);

const Deduplicate = z.strictObject({
  by: namesOf(FieldName, 1, 16).describe(
    'Records that are equal in all these fields are duplicates; the first passes.',
  ),
  within: PositiveDuration.optional().describe(
    'How far apart in event time duplicates may be. Required without a window, absent with one.',
  ),
});

const Delta = z.strictObject({
  by: namesOf(FieldName, 1, 16).describe('The fields that tell one meter from another.'),
  fields: mapOf(FieldName, FieldName, { min: 1, max: 16 }).describe(
    'OUT: IN; OUT is the change of IN since the last reading of the same meter.',
  ),
  maxChange: z
    .number()
    .min(0)
    .optional()
    .describe(
      'A change beyond this, in either direction, is a reset of the meter and counts as 0. Absent: any change counts.',
    ),
  timeToLive: PositiveDuration.default('168h').describe(
    'A reading whose previous one is older than this counts as a first reading: 0.',
  ),
});

export const STEP_KINDS = ['filter', 'map', 'deduplicate', 'delta'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const Step = exactlyOne(
  z.strictObject({
    name: DnsName.describe('Name of the step, unique in the job; it is part of error messages and of the state.'),
    filter: Expression.optional().describe('A CEL expression; records for which it is false go no further.'),
    map: Map.optional().describe('Set, rename and drop fields.'),
    deduplicate: Deduplicate.optional().describe('Drop duplicates.'),
    delta: Delta.optional().describe('The change of a cumulative reading since the one before. Needs a window.'),
  }),
  STEP_KINDS,
);
export type Step = z.output<typeof Step>;

export const Steps = withTwins(z.array(Step).max(16), [
  {
    cel: 'self.all(step, self.exists_one(other, other.name == step.name))',
    message: 'must not name a step twice',
    holds: (steps) => new Set(steps.map(({ name }) => name)).size === steps.length,
    got: (steps) =>
      [...new Set(steps.map(({ name }) => name).filter((name, index, names) => names.indexOf(name) !== index))].join(
        ', ',
      ),
  },
]);
