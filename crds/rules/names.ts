/** Names stand for fields that exist where they are used: each step sees what the steps before it left. */
import { aggregateInput, fieldsAfter, fieldsAfterStep, schemaFields } from '../fields.ts';
import type { Fields } from '../fields.ts';
import { suggestion } from '../nearest.ts';
import type { Step } from '../steps.ts';
import { FIELD_IN_SCHEMA, KNOWN_FIELD } from './cel.ts';
import { specRule } from './spec-rule.ts';
import type { Report } from './spec-rule.ts';

/** Reports a name that is none of the known fields. */
export function expectField(name: string, known: Fields, path: readonly PropertyKey[], report: Report): void {
  if (!known.has(name))
    report(path, `must name a known field; got ${JSON.stringify(name)}${suggestion(name, known.keys())}`);
}

function expectFields(
  names: readonly string[] | undefined,
  known: Fields,
  path: readonly PropertyKey[],
  report: Report,
): void {
  names?.forEach((name, index) => expectField(name, known, [...path, index], report));
}

/** Producers write records of the schema, and the record key is what the schema says of it. */
export const producerKey = specRule(
  ['schema', 'producer'],
  ({ schema, producer }, report) => {
    if (!producer?.key) return;
    expectFields(producer.key, schemaFields(schema), ['producer', 'key'], report);
    const declared = schema.key?.fields;
    if (declared && declared.join() !== producer.key.join())
      report(
        ['producer', 'key'],
        `must be the fields of schema.key; got ${producer.key.join(', ')} and ${declared.join(', ')}`,
      );
  },
  [
    {
      rule: `!has(self.producer) || !has(self.producer.key) || self.producer.key.all(name, ${FIELD_IN_SCHEMA})`,
      message: 'must name known fields',
      fieldPath: '.producer.key',
    },
    {
      rule: '!has(self.producer) || !has(self.producer.key) || !has(self.schema.key) || self.producer.key == self.schema.key.fields',
      message: 'must be the fields of schema.key',
      fieldPath: '.producer.key',
    },
  ],
);

export const stepNames = specRule(
  ['schema', 'steps'],
  ({ schema, steps }, report) => {
    steps.reduce((fields, step, index) => {
      expectStepFields(step, fields, ['steps', index], report);
      return fieldsAfterStep(fields, step);
    }, schemaFields(schema));
  },
  [
    {
      rule: `self.steps.all(step, !has(step.deduplicate) || step.deduplicate.by.all(name, ${KNOWN_FIELD}))`,
      message: 'deduplicate.by must name known fields',
      fieldPath: '.steps',
    },
    {
      rule: `self.steps.all(step, !has(step.delta) || step.delta.by.all(name, ${KNOWN_FIELD}))`,
      message: 'delta.by must name known fields',
      fieldPath: '.steps',
    },
  ],
);

function expectStepFields(
  { map, deduplicate, delta }: Step,
  fields: Fields,
  path: readonly PropertyKey[],
  report: Report,
): void {
  expectFields(deduplicate?.by, fields, [...path, 'deduplicate', 'by'], report);
  expectFields(delta?.by, fields, [...path, 'delta', 'by'], report);
  for (const [out, input] of Object.entries(delta?.fields ?? {}))
    expectField(input, fields, [...path, 'delta', 'fields', out], report);
  if (map) expectMapFields(map, fields, [...path, 'map'], report);
}

function expectMapFields(
  { set, rename = {}, drop }: NonNullable<Step['map']>,
  fields: Fields,
  path: readonly PropertyKey[],
  report: Report,
): void {
  const afterSet = fieldsAfterStep(fields, { name: '', map: { set } });
  const news = Object.values(rename);
  for (const [old, name] of Object.entries(rename)) {
    expectField(old, afterSet, [...path, 'rename', old], report);
    const taken = (afterSet.has(name) && !Object.hasOwn(rename, name)) || news.indexOf(name) !== news.lastIndexOf(name);
    if (taken) report([...path, 'rename', old], `must be the name of no other field; got ${JSON.stringify(name)}`);
  }
  expectFields(drop, fieldsAfterStep(afterSet, { name: '', map: { rename } }), [...path, 'drop'], report);
}

export const windowNames = specRule(
  ['schema', 'steps', 'window'],
  ({ schema, steps, window }, report) => {
    if (!window) return;
    const fields = fieldsAfter(schema, steps);
    expectFields(window.groupBy, fields, ['window', 'groupBy'], report);
    for (const [name, aggregate] of Object.entries(window.aggregate)) {
      const { kind, field } = aggregateInput(aggregate);
      const path = ['window', 'aggregate', name, kind, ...(kind === 'percentile' ? ['field'] : [])];
      if (field !== '*') expectField(field, fields, path, report);
    }
  },
  [
    {
      rule: `!has(self.window) || self.window.groupBy.all(name, ${KNOWN_FIELD})`,
      message: 'must name known fields',
      fieldPath: '.window.groupBy',
    },
  ],
);
