/**
 * What the planner hands to the tasks: a job as stages of plain parts. A stage reads the source topic, or what the
 * stage before wrote for it: whole records, or groups that were aggregated in part.
 */
import type { Decoder } from '../formats/decoder.ts';
import type { Accumulator } from './aggregate/accumulator.ts';
import type { Lateness } from './arrival.ts';
import type { ColumnBatch, Field } from './column.ts';
import type { StepOperator } from './steps/operator.ts';
import type { WindowAssigner } from './window/assigner.ts';

/** One step as a stage runs it. */
export interface StepPlan {
  /** Place in spec.steps. */
  readonly index: number;
  readonly name: string;
  readonly create: () => StepOperator;
}

export interface WindowPlan {
  /** Absent for sessions, which have a gap instead. */
  readonly assigner?: WindowAssigner;
  readonly gap: number;
  readonly lateness: Lateness;
  /** The end of the last window that holds an instant. */
  readonly lastEnd: (time: number) => number;
  readonly groupBy: readonly Field[];
  readonly createAccumulators: () => readonly Accumulator[];
  /** window.start, window.end, the groups, the aggregates; slots 0, 1, 2, …. */
  readonly resultFields: readonly Field[];
  readonly updates: boolean;
}

export interface StagePlan {
  readonly index: number;
  /** What the stage reads: the source topic, or the repartition topic that the stage before writes. */
  readonly input: 'source' | 'records' | 'groups';
  /** Steps that run as records arrive. */
  readonly arriving: readonly StepPlan[];
  /** Steps that run on records held back until they are in order; undefined: nothing is held. */
  readonly ordered: readonly StepPlan[] | undefined;
  /** Where rows go: to the sink, to the next stage as records, or into groups that go to the next stage. */
  readonly output: 'rows' | 'records' | 'groups';
  /** The fields that the next stage's partitions are made by; with output `records`. */
  readonly shuffleBy: readonly Field[];
}

/** What all stages of a job share. */
export interface RowPlan {
  /** The types of all columns that rows have between decoding and the end of the steps. */
  readonly columns: readonly Field[];
  readonly createDecoder: () => Decoder;
  /** The decoded event time; undefined where the job has no use for it. */
  readonly eventTime: Field | undefined;
  readonly delay: number;
  readonly maxFuture: number;
  /** Writes the key that the manifest declares for a row, for sampling; undefined where nothing relies on it. */
  readonly declaredKey: { readonly write: (batch: ColumnBatch, row: number) => Uint8Array } | undefined;
  readonly window: WindowPlan | undefined;
}

/** A repartition topic has this many partitions for a source of `partitions`, from the run's start to its end. */
export function shufflePartitionsOf(partitions: number): number {
  return Math.max(partitions, LEAST_SHUFFLE_PARTITIONS);
}

const LEAST_SHUFFLE_PARTITIONS = 8;

export interface JobPlan {
  readonly rows: RowPlan;
  readonly stages: readonly StagePlan[];
  /** Fields of the rows that the sink gets, with their slots. */
  readonly resultFields: readonly Field[];
  /**
   * Whether partitions may be added to the source while the job runs: `keyed` says no, since a task of the first stage
   * keeps state by key, and keys would move to other partitions without it.
   */
  readonly growth: 'free' | 'keyed';
  /** Why the plan is as it is, a sentence each, for `streamjob plan`. */
  readonly reasons: readonly string[];
}
