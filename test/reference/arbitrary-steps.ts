/** Random steps, which may follow each other in any order. */
import { anyCondition, anyValue } from './arbitrary-expression.ts';
import type { Typed } from './arbitrary-expression.ts';
import { chooserOf } from './choices.ts';
import type { Choose } from './choices.ts';

export type StepChoices = Readonly<{ kind: 'filter' | 'map' | 'deduplicate' | 'delta'; choices: number[] }>;

export const isGroupable = ({ type }: Typed): boolean => !/^(array|map)/.test(type);
export const isNumeric = ({ type }: Typed): boolean => /^(int|long|double|decimal)/.test(type);

export function namesOf(choose: Choose, fields: readonly Typed[], count: number): string[] {
  const names = fields.map(({ name }) => name);
  return [...new Set(Array.from({ length: count }, () => choose(names)))];
}

/** The steps, and the fields that they leave. */
export function randomSteps(
  steps: readonly StepChoices[],
  start: readonly Typed[],
  place: Omit<Place, 'index'>,
): { steps: object[]; fields: Typed[] } {
  let fields = [...start];
  const made: object[] = [];
  for (const [index, { kind, choices: numbers }] of steps.entries()) {
    const choose = chooserOf(numbers);
    const step = { filter: randomFilter, map: randomMap, deduplicate: randomDeduplicate, delta: randomDelta }[kind](
      choose,
      fields,
      { ...place, index },
    );
    if (!step) continue;
    made.push({ name: `step-${index}`, ...step.spec });
    fields = step.fields;
  }
  return { steps: made, fields };
}

/** `unit` is the time scale of the job. */
type Place = Readonly<{ index: number; key: readonly string[]; hasWindow: boolean; unit: number }>;
type MadeStep = Readonly<{ spec: object; fields: Typed[] }> | undefined;

const randomFilter = (choose: Choose, fields: Typed[]): MadeStep => ({
  spec: { filter: anyCondition(choose, fields) },
  fields,
});

function randomMap(choose: Choose, fields: Typed[], { index }: Place): MadeStep {
  const { text, type } = anyValue(choose, fields);
  const target = choose([`v${index}`, ...fields.map(({ name }) => name)]);
  const set = { [target]: text };
  let left = [...fields.filter(({ name }) => name !== target), { name: target, type, isNullable: false }];
  const renamed = choose([undefined, ...left.map(({ name }) => name)]);
  const rename = renamed === undefined ? {} : { rename: { [renamed]: `r${index}` } };
  left = left.map((field) => (field.name === renamed ? { ...field, name: `r${index}` } : field));
  const dropped = choose([undefined, ...left.map(({ name }) => name)]);
  const drop = dropped === undefined ? {} : { drop: [dropped] };
  return { spec: { map: { set, ...rename, ...drop } }, fields: left.filter(({ name }) => name !== dropped) };
}

function randomDeduplicate(choose: Choose, fields: Typed[], { key, hasWindow, unit }: Place): MadeStep {
  const known = fields.filter(isGroupable);
  const ensured = key.filter((name) => known.some((field) => field.name === name));
  if (!hasWindow && (key.length === 0 || ensured.length < key.length)) return undefined;
  const by = [
    ...new Set([...(hasWindow ? choose([[], ensured]) : ensured), ...namesOf(choose, known, choose([1, 2, 3]))]),
  ];
  const within = hasWindow ? {} : { within: `${choose([2, 1, 4, 100]) * unit}ms` };
  return { spec: { deduplicate: { by, ...within } }, fields };
}

function randomDelta(choose: Choose, fields: Typed[], { index, key, hasWindow, unit }: Place): MadeStep {
  const inputs = fields.filter(isNumeric);
  if (!hasWindow || inputs.length === 0) return undefined;
  const known = fields.filter(isGroupable);
  const ensured = key.filter((name) => known.some((field) => field.name === name));
  const by = [...new Set([...choose([[], ensured]), ...namesOf(choose, known, choose([1, 2]))])];
  const input = choose(inputs);
  const out = choose(by.includes(input.name) ? [`v${index}`] : [`v${index}`, input.name]);
  const delta = {
    by,
    fields: { [out]: input.name },
    ...choose([{}, { maxChange: 1 }, { maxChange: 0.5 }, { maxChange: 100 }]),
    timeToLive: `${choose([100, 1, 2, 4]) * unit}ms`,
  };
  const left = [...fields.filter(({ name }) => name !== out), { ...input, name: out, isNullable: false }];
  return { spec: { delta }, fields: left };
}
