/** What of spec.runtime.podTemplate is refused, beyond what the schema sees. The builders leave the same out. */
import type { Problem } from '../../crds/problem.ts';
import { pathText } from '../../crds/problem.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { isReservedAnnotation, isReservedLabel, isReservedVariable } from './reserved-names.ts';

const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;
const RESERVED = 'must be another name: this one is reserved for the operator';

/** In the order of the manifest; empty: nothing. */
export function podTemplateProblems(job: StreamJob): readonly Problem[] {
  const { labels = {}, annotations = {}, env = [] } = job.spec.runtime.podTemplate ?? {};
  const names = env.map(({ name }) => name);
  return [
    ...Object.entries(labels).flatMap(([name, value]) => problem(['labels', name], labelMessage(name, value))),
    ...Object.keys(annotations).flatMap((name) =>
      problem(['annotations', name], isReservedAnnotation(name) ? RESERVED : undefined),
    ),
    ...names.flatMap((_, index) => problem(['env', index, 'name'], variableMessage(names, index))),
  ];
}

function problem(path: readonly PropertyKey[], message: string | undefined): Problem[] {
  return message === undefined ? [] : [{ path: pathText(['spec', 'runtime', 'podTemplate', ...path]), message }];
}

function labelMessage(name: string, value: string): string | undefined {
  if (isReservedLabel(name)) return RESERVED;
  if (LABEL_VALUE.test(value)) return undefined;
  return `must be letters, digits, '-', '_' or '.', with a letter or digit at both ends; got ${JSON.stringify(value)}`;
}

function variableMessage(names: readonly string[], index: number): string | undefined {
  const name = names[index]!;
  if (isReservedVariable(name)) return `${RESERVED}, as all that begin with STREAMJOB_ are; got ${name}`;
  return names.indexOf(name) < index ? `must not repeat a name; got ${name} twice` : undefined;
}
