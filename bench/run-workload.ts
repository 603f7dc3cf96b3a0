/**
 * One workload in one process: the engine alone, from record batches in memory to encoded result rows in memory. Only
 * the engine's own work is measured; records are made between the measured stretches.
 * `node bench/run-workload.ts w1 1000000` prints one line of JSON.
 */
import { parseStreamJob } from '../crds/parse.ts';
import type { ColumnBatch, NumberColumn } from '../job-runtime/engine/column.ts';
import { planJob } from '../job-runtime/engine/plan/planner.ts';
import { ShuffleTask } from '../job-runtime/engine/shuffle-task.ts';
import { SourceTask } from '../job-runtime/engine/source-task.ts';
import type { JobPlan } from '../job-runtime/engine/stage-plan.ts';
import type { TaskOutput } from '../job-runtime/engine/task-output.ts';
import { ByteWriter } from '../job-runtime/formats/byte-writer.ts';
import { createRowEncoder } from '../job-runtime/formats/row-encoder.ts';
import { Partitioner } from '../job-runtime/log/partitioner.ts';
import { RecordBuilder } from '../job-runtime/log/record-builder.ts';
import { resolveColumns } from '../job-runtime/outbox/output-columns.ts';
import type { RecordBatch } from '../job-runtime/record.ts';
import type { BenchRecord } from './data.ts';
import type { Totals, Workload } from './workloads.ts';
import { WORKLOADS } from './workloads.ts';

const PARTITIONS = 4;
const SHUFFLE_PARTITIONS = 8;
/** Records per partition that one round feeds, and that one commit covers. */
const ROUND = 25_000;

export interface Measured extends Totals {
  readonly workload: string;
  readonly records: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
  readonly outputBytes: number;
  readonly isEqual: boolean;
}

class Bench {
  private readonly plan: JobPlan;
  private readonly workload: Workload;
  private readonly stages: (SourceTask | ShuffleTask)[][];
  private readonly offsets: number[][];
  private readonly writer = new ByteWriter(1 << 20);
  private rows = 0;
  private outputBytes = 0;
  private readonly sums: number[];
  private cpuMicros = 0;
  private millis = 0;

  constructor(workload: Workload, plan: JobPlan) {
    this.workload = workload;
    this.plan = plan;
    this.sums = workload.summed.map(() => 0);
    const output = this.output();
    this.stages = plan.stages.map((_, stage) => {
      const nextPartitions = stage === plan.stages.length - 1 ? 0 : SHUFFLE_PARTITIONS;
      if (stage === 0)
        return Array.from({ length: PARTITIONS }, (_, task) => new SourceTask(plan, task, nextPartitions, output));
      const upstreams = stage === 1 ? PARTITIONS : SHUFFLE_PARTITIONS;
      return Array.from(
        { length: SHUFFLE_PARTITIONS },
        (_, task) => new ShuffleTask(plan, { stage, task, upstreams, nextPartitions }, output),
      );
    });
    this.offsets = this.stages.map((tasks) => tasks.map(() => 0));
  }

  run(count: number): Omit<Measured, 'workload' | 'records' | 'isEqual'> {
    const partitioner = new Partitioner(PARTITIONS);
    const records = this.workload.records(count)[Symbol.iterator]();
    for (let batches = this.next(records, partitioner); batches.length > 0; batches = this.next(records, partitioner)) {
      this.measure(() => this.round(batches));
    }
    this.measure(() => {
      for (const task of this.stages[0]!) (task as SourceTask).raise(Infinity);
      this.round([]);
    });
    const { rows, sums, outputBytes } = this;
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    return { rows, sums, outputBytes, peakMegabytes, cpuSeconds: this.cpuMicros / 1e6, seconds: this.millis / 1000 };
  }

  private next(records: Iterator<BenchRecord>, partitioner: Partitioner): RecordBatch[] {
    const builders = Array.from({ length: PARTITIONS }, () => new RecordBuilder(ROUND * 2, ROUND * 150));
    const encoder = new TextEncoder();
    for (let i = 0; i < ROUND * PARTITIONS; i++) {
      const { value: record, done } = records.next() as IteratorResult<BenchRecord, undefined>;
      if (done) break;
      const key = this.workload.roundRobin || record.key === null ? null : encoder.encode(record.key);
      builders[partitioner.partition(key)]!.append(key, encoder.encode(record.value), 0);
    }
    return builders.flatMap((builder, task) => (builder.count > 0 ? [this.batch(0, task, builder)] : []));
  }

  private batch(stage: number, task: number, builder: RecordBuilder): RecordBatch {
    const batch = builder.toBatch(task, this.offsets[stage]![task]!);
    this.offsets[stage]![task]! += builder.count;
    return batch;
  }

  private round(batches: readonly RecordBatch[]): void {
    for (const batch of batches) (this.stages[0]![batch.partition] as SourceTask).onBatch(batch, Infinity);
    this.stages.forEach((tasks, stage) => {
      const builders = (this.stages[stage + 1] ?? []).map(() => new RecordBuilder());
      for (const task of tasks)
        task
          .commit()
          .forEach((messages, partition) =>
            messages.forEach((message) => builders[partition]!.append(null, message, 0)),
          );
      builders.forEach((builder, task) => {
        if (builder.count > 0)
          (this.stages[stage + 1]![task] as ShuffleTask).onBatch(this.batch(stage + 1, task, builder));
      });
    });
  }

  private output(): TaskOutput {
    const { sink } = { sink: this.workload.spec['sink'] as { kafka: { columns?: readonly string[] } } };
    const resolved = resolveColumns({ columnOptions: {}, ...sink.kafka }, this.plan, ['spec', 'sink', 'kafka']);
    if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems));
    const encoder = createRowEncoder('json', resolved.columns);
    const slots = this.workload.summed.map((name) => this.plan.resultFields.find((field) => field.name === name)!.slot);
    return {
      rows: (batch) => this.encode(batch, encoder, slots),
      closed: () => undefined,
      rejected: ({ reason, message }) => {
        throw new Error(`no record of a workload is bad or late: ${reason} ${message}`);
      },
      duplicate: () => undefined,
    };
  }

  private encode(batch: ColumnBatch, encoder: ReturnType<typeof createRowEncoder>, slots: readonly number[]): void {
    this.writer.clear();
    for (let i = 0; i < batch.selected; i++) encoder.row(batch, batch.rows[i]!, this.writer);
    this.rows += batch.selected;
    this.outputBytes += this.writer.length;
    slots.forEach((slot, sum) => {
      const { values } = batch.columns[slot] as NumberColumn;
      for (let i = 0; i < batch.selected; i++) this.sums[sum]! += values[batch.rows[i]!]!;
    });
  }

  private measure(work: () => void): void {
    const cpu = process.cpuUsage();
    const start = performance.now();
    work();
    const used = process.cpuUsage(cpu);
    this.cpuMicros += used.user + used.system;
    this.millis += performance.now() - start;
  }
}

function planOf({ spec }: Workload): JobPlan {
  const parsed = parseStreamJob({
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name: 'bench' },
    spec: { topic: { name: 'bench', partitions: PARTITIONS }, ...spec },
  });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const planned = planJob(parsed.job);
  if ('problems' in planned) throw new Error(JSON.stringify(planned.problems));
  return planned.plan;
}

const [name = 'w1', count = '1000000', check = 'check'] = process.argv.slice(2);
const workload = WORKLOADS[name];
if (!workload) throw new Error(`no workload ${name}; there are ${Object.keys(WORKLOADS).join(', ')}`);
const measured = new Bench(workload, planOf(workload)).run(Number(count));
const expected = check === 'check' ? workload.expected(workload.records(Number(count))) : measured;
const isEqual =
  measured.rows === expected.rows &&
  measured.sums.every((sum, i) => Math.abs(sum - expected.sums[i]!) <= Math.abs(sum) * 1e-9);
const result: Measured = { workload: name, records: Number(count), ...measured, isEqual };
process.stdout.write(`${JSON.stringify(result)}\n`);
