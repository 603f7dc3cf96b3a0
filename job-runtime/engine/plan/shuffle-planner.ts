/**
 * Where a job must bring records together that its key does not (docs/semantics.md §7). Field sets are compared by
 * slot: a field that a map set anew is not the one that the key holds.
 */
import type { Field } from '../column.ts';
import type { StagePlan, StepPlan } from '../stage-plan.ts';

export interface PlannedStep extends StepPlan {
  readonly kind: 'filter' | 'map' | 'deduplicate' | 'delta';
  /** Equal values of these must meet in one task; empty for steps without memory. */
  readonly by: readonly Field[];
}

export interface ShuffleInput {
  readonly steps: readonly PlannedStep[];
  /** Undefined without a window. */
  readonly groupBy: readonly Field[] | undefined;
  /** What the record key holds; undefined: nothing that is known, or nothing that may be relied on. */
  readonly key: readonly Field[] | undefined;
  readonly eventTime: Field | undefined;
}

export interface ShuffleProblem {
  /** Index of the step. */
  readonly step: number;
  readonly message: string;
}

type Draft = { -readonly [Key in keyof StagePlan]: StagePlan[Key] } & {
  arriving: PlannedStep[];
  ordered: PlannedStep[] | undefined;
};

const names = (fields: readonly Field[]): string => fields.map(({ name }) => name).join(', ');
const common = (a: readonly Field[], b: readonly Field[]): Field[] =>
  a.filter(({ slot }) => b.some((other) => other.slot === slot));
const ensures = (key: readonly Field[] | undefined, by: readonly Field[]): boolean =>
  key !== undefined && common(key, by).length === key.length;

export class ShufflePlanner {
  readonly stages: Draft[] = [];
  readonly reasons: string[] = [];
  readonly problems: ShuffleProblem[] = [];
  private readonly input: ShuffleInput;
  private current: Draft;
  private partitionedBy: readonly Field[] | undefined;

  constructor(input: ShuffleInput) {
    this.input = input;
    this.partitionedBy = input.key;
    this.current = this.begin('source');
    input.steps.forEach((step, at) => this.add(step, at));
    this.end();
  }

  /** See JobPlan. */
  get growth(): 'free' | 'keyed' {
    const { arriving, ordered, output } = this.stages[0]!;
    const isKeyed = [...arriving, ...(ordered ?? [])].some(({ by }) => by.length > 0);
    return isKeyed || (output === 'rows' && this.input.groupBy !== undefined) ? 'keyed' : 'free';
  }

  private add(step: PlannedStep, at: number): void {
    if (step.by.length > 0 && !ensures(this.partitionedBy, step.by)) this.shuffleRecords(step, at);
    const needsOrder = step.by.length > 0 && this.needsOrder(step);
    if (needsOrder && !this.current.ordered) this.current.ordered = this.replayed(at);
    (this.current.ordered ?? this.current.arriving).push(step);
  }

  private needsOrder({ kind, by }: PlannedStep): boolean {
    if (!this.input.groupBy) return false;
    return kind === 'delta' || this.current.input !== 'source' || common([this.input.eventTime!], by).length === 0;
  }

  /** Released records are decoded anew, so what maps made of them is made again; filters have done their work. */
  private replayed(at: number): PlannedStep[] {
    return this.input.steps.slice(0, at).filter(({ kind }) => kind === 'map');
  }

  private shuffleRecords(step: PlannedStep, at: number): void {
    const delta = this.input.steps.slice(0, at).find(({ kind }) => kind === 'delta');
    if (!this.input.groupBy) {
      this.problems.push({
        step: step.index,
        message: `deduplicate without a window needs a record key made of fields among ${names(step.by)}; declare it under spec.schema.key, or add a window`,
      });
      return;
    }
    if (delta) {
      this.problems.push({
        step: step.index,
        message: `needs records of equal ${names(step.by)} in one task, and the delta step ${delta.name} before it needs them by other fields; put it before the delta, or let both share a field`,
      });
      return;
    }
    const by = this.sharedFields(step, at);
    this.reasons.push(
      `step ${step.name} needs all records of equal ${names(step.by)} in one task, which the record key does not ensure: records are shuffled by ${names(by)}`,
    );
    this.close('records', by);
    this.current = this.begin('records');
    this.current.ordered = this.replayed(at);
    this.partitionedBy = by;
  }

  /** The step's fields that all that follows shares, as far as one is left. */
  private sharedFields(step: PlannedStep, at: number): readonly Field[] {
    const later = this.input.steps.slice(at + 1).filter(({ by }) => by.length > 0);
    let shared = step.by;
    for (const { by } of [...later, { by: this.input.groupBy! }]) {
      const narrower = common(shared, by);
      if (narrower.length === 0) break;
      shared = narrower;
    }
    return shared;
  }

  private end(): void {
    const { groupBy } = this.input;
    if (!groupBy || ensures(this.partitionedBy, groupBy)) {
      if (groupBy && this.stages.length === 0)
        this.reasons.push(
          `the record key (${names(this.partitionedBy!)}) keeps each group in one partition: no shuffle`,
        );
      this.close('rows', []);
      return;
    }
    this.reasons.push(
      `groups by ${names(groupBy) || 'nothing'} spread over partitions: each task aggregates what it reads, and a second stage puts the groups together`,
    );
    this.close('groups', []);
    this.current = this.begin('groups');
    this.close('rows', []);
  }

  private begin(input: StagePlan['input']): Draft {
    return { index: this.stages.length, input, arriving: [], ordered: undefined, output: 'rows', shuffleBy: [] };
  }

  private close(output: StagePlan['output'], shuffleBy: readonly Field[]): void {
    this.current.output = output;
    this.current.shuffleBy = shuffleBy;
    this.stages.push(this.current);
  }
}
