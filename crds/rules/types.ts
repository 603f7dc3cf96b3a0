/** Aggregates and deltas take fields of types that they can work on. */
import { AGGREGATE_TAKES, aggregateInput, fieldsAfter, fieldsAfterStep, schemaFields } from '../fields.ts';
import { isNumeric } from '../field-type.ts';
import type { FieldType } from '../field-type.ts';
import type { AggregateKind } from '../window.ts';
import { MAKES_FIELDS } from './cel.ts';
import { specRule } from './spec-rule.ts';
import type { Cel } from './spec-rule.ts';

const typeText = (type: FieldType): string => {
  if (type.kind === 'decimal') return `decimal(${type.scale})`;
  return type.kind === 'array' || type.kind === 'map' ? `${type.kind}<${typeText(type.element)}>` : type.kind;
};

const NUMERIC = "(field.type in ['int', 'long', 'double'] || field.type.startsWith('decimal'))";
const COMPARABLE = `(${NUMERIC} || field.type in ['timestamp', 'date'])`;

/** CEL follows types only where no step makes fields: the aggregates of one function, held against the schema. */
function celTakes(kind: AggregateKind, accepts: string, message: string): Cel {
  const input =
    kind === 'percentile' ? 'self.window.aggregate[out].percentile.field' : `self.window.aggregate[out].${kind}`;
  const sound = `self.schema.fields.exists(field, field.name == ${input} && ${accepts})`;
  return {
    rule: `!has(self.window) || ${MAKES_FIELDS} || self.window.aggregate.all(out, !has(self.window.aggregate[out].${kind}) || ${sound})`,
    message: `${kind} must take ${message}`,
    fieldPath: '.window.aggregate',
  };
}

export const aggregateTypes = specRule(
  ['schema', 'steps', 'window'],
  ({ schema, steps, window }, report) => {
    const fields = fieldsAfter(schema, steps);
    for (const [name, aggregate] of Object.entries(window?.aggregate ?? {})) {
      const { kind, field } = aggregateInput(aggregate);
      const type = fields.get(field);
      const takes = AGGREGATE_TAKES[kind];
      if (!type || !takes || takes.accepts(type)) continue;
      const path = ['window', 'aggregate', name, kind, ...(kind === 'percentile' ? ['field'] : [])];
      report(path, `must be ${takes.what}; got ${field}, which is ${typeText(type)}`);
    }
  },
  (['sum', 'avg', 'percentile', 'min', 'max'] as const).map((kind) =>
    celTakes(
      kind,
      kind === 'min' || kind === 'max' ? COMPARABLE : NUMERIC,
      `a known field that is ${AGGREGATE_TAKES[kind]?.what ?? ''}`,
    ),
  ),
);

export const deltaTypes = specRule(['schema', 'steps'], ({ schema, steps }, report) => {
  steps.reduce((fields, step, index) => {
    for (const [out, input] of Object.entries(step.delta?.fields ?? {})) {
      const type = fields.get(input);
      const path = ['steps', index, 'delta', 'fields', out];
      if (type && !isNumeric(type)) report(path, `must be a number; got ${input}, which is ${typeText(type)}`);
      if (step.delta?.by.includes(out)) report(path, `must not replace a field of by; got ${out}`);
    }
    return fieldsAfterStep(fields, step);
  }, schemaFields(schema));
});
