/** From the manifest's steps to operators: names become slots, expressions become evaluators. */
import { parseDuration } from '../../../crds/duration.ts';
import type { Problem } from '../../../crds/problem.ts';
import type { Step } from '../../../crds/steps.ts';
import type { Field } from '../column.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import { compileExpression } from '../expression/compile.ts';
import { DeduplicateInWindow, DeduplicateWithin } from '../steps/deduplicate.ts';
import { Delta } from '../steps/delta.ts';
import { Filter } from '../steps/filter.ts';
import type { Assignment } from '../steps/map-fields.ts';
import { MapFields } from '../steps/map-fields.ts';
import type { Layout } from './layout.ts';
import type { PlannedStep } from './shuffle-planner.ts';
import type { WindowTime } from './window-plan.ts';

type MapStep = NonNullable<Step['map']>;
type DeduplicateStep = NonNullable<Step['deduplicate']>;
type DeltaStep = NonNullable<Step['delta']>;

export class StepPlanner {
  readonly planned: PlannedStep[] = [];
  readonly problems: Problem[] = [];
  readonly reasons: string[] = [];
  /** Every field that a step reads. */
  readonly inputs: Field[] = [];
  private readonly layout: Layout;
  private readonly time: WindowTime | undefined;

  constructor(layout: Layout, time: WindowTime | undefined) {
    this.layout = layout;
    this.time = time;
  }

  /** Adds a step; what is wrong with it is in `problems`. Behind a mistake, fields may be missing: no more is planned. */
  add(step: Step, index: number): void {
    if (this.problems.length > 0) return;
    const { filter, map, deduplicate, delta } = step;
    if (filter !== undefined) this.addFilter(step, index, filter);
    else if (map) this.addMap(step, index, map);
    else if (deduplicate) this.addDeduplicate(step, index, deduplicate);
    else if (delta) this.addDelta(step, index, delta);
  }

  private addFilter({ name }: Step, index: number, source: string): void {
    const path = `spec.steps[${index}].filter`;
    const expression = this.compile(path, source, 'bool');
    if (expression)
      this.planned.push({ index, name, kind: 'filter', by: [], create: () => new Filter(expression, index) });
  }

  private addMap({ name }: Step, index: number, { set = {}, rename, drop }: MapStep): void {
    const compiled = Object.entries(set).flatMap(([field, source]) => {
      const expression = this.compile(`spec.steps[${index}].map.set.${field}`, source);
      return expression ? [{ field, expression }] : [];
    });
    const assignments: Assignment[] = compiled.map(({ field, expression }) => ({
      expression,
      to: this.layout.set(field, expression.type, expression.copyOf),
    }));
    if (rename) this.layout.rename(rename);
    if (drop) this.layout.drop(drop);
    this.planned.push({ index, name, kind: 'map', by: [], create: () => new MapFields(assignments, index) });
  }

  private addDeduplicate({ name }: Step, index: number, { by, within }: DeduplicateStep): void {
    const fields = this.take(by);
    const { time } = this;
    const create = (): DeduplicateInWindow | DeduplicateWithin =>
      time ? new DeduplicateInWindow(fields, time.lastEnd) : new DeduplicateWithin(fields, parseDuration(within!));
    this.planned.push({ index, name, kind: 'deduplicate', by: fields, create });
  }

  private addDelta({ name }: Step, index: number, { by, fields, maxChange = Infinity, timeToLive }: DeltaStep): void {
    const meters = this.take(by);
    const inputs = Object.entries(fields).map(([out, field]) => ({ out, from: this.take([field])[0]! }));
    const changes = inputs.map(({ out, from }) => ({ from, to: this.layout.set(out, from.type) }));
    const create = (): Delta => new Delta(meters, changes, maxChange, parseDuration(timeToLive));
    this.planned.push({ index, name, kind: 'delta', by: meters, create });
  }

  private take(names: readonly string[]): Field[] {
    const fields = names.map((name) => this.layout.get(name));
    this.inputs.push(...fields);
    return fields;
  }

  private compile(path: string, source: string, expected?: 'bool'): CompiledExpression | undefined {
    const compiled = compileExpression(source, this.layout.all, expected);
    if ('problem' in compiled) {
      this.problems.push({ path, message: compiled.problem });
      return undefined;
    }
    this.inputs.push(...compiled.inputs);
    for (const part of compiled.interpreted)
      this.reasons.push(`${path}: ${part} is evaluated record by record, which is slow (microseconds each)`);
    return compiled;
  }
}
