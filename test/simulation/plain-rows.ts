/** Result rows as the reference shows them, written to a topic or sealed into batches by the real sinks' machinery. */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { Column } from '../../job-runtime/engine/column.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import type { RowEncoder } from '../../job-runtime/formats/row-encoder.ts';
import { BatchNames } from '../../job-runtime/outbox/batch-names.ts';
import { Outbox } from '../../job-runtime/outbox/outbox.ts';
import type { Delivery } from '../../job-runtime/sinks/registry.ts';
import { createRouter } from '../../job-runtime/sinks/routes.ts';
import type { Sink } from '../../job-runtime/sinks/sink.ts';
import { keyFields } from '../../job-runtime/sinks/topic-key.ts';
import { TopicRows } from '../../job-runtime/sinks/topic.ts';
import { valueAt } from '../reference/engine-runner.ts';
import type { ResultRow } from '../reference/interpreter.ts';
import type { Plain } from '../reference/values.ts';

export const OUTPUT = 'output';

export function topicDelivery(plan: JobPlan): Delivery {
  const { resultFields, rows } = plan;
  const key = keyFields({ columns: [], resultFields, groupBy: rows.window?.groupBy ?? [] });
  return {
    kind: 'topic',
    topics: [OUTPUT],
    createRows: (task, partitions) =>
      new TopicRows({
        encoder: encoderOf(plan),
        key,
        topics: [{ name: OUTPUT, partitions: partitions.get(OUTPUT)! }],
        router: createRouter([], resultFields, [OUTPUT], OUTPUT),
        task,
      }),
  };
}

export function outboxDelivery(job: StreamJob, plan: JobPlan, sink: Sink): Delivery {
  return {
    kind: 'outbox',
    sink,
    isLive: false,
    createOutbox: (task) =>
      new Outbox({
        names: new BatchNames({ job: job.metadata.name, task, extension: '.json' }),
        encoder: encoderOf(plan),
        header: false,
        gzip: false,
        byWindow: plan.rows.window?.assigner !== undefined,
        maxRows: 3,
      }),
  };
}

function encoderOf({ resultFields, rows: { window } }: JobPlan): RowEncoder {
  return {
    header: () => undefined,
    row: (batch, row, writer) => {
      const shown = resultFields.filter(({ name }) => !window || !name.startsWith('window.'));
      const values = shown.map((field) => [field.name, packed(valueAt(field, batch.columns[field.slot]!, row))]);
      const bound = (slot: number): number => (batch.columns[slot] as Column & { kind: 'number' }).values[row]!;
      const bounds = window && { windowStart: bound(0), windowEnd: bound(1) };
      writer.text(JSON.stringify({ ...bounds, values: Object.fromEntries(values) as object }));
    },
  };
}

/** JSON knows neither bigints nor −0. */
function packed(value: Plain): unknown {
  if (typeof value === 'bigint') return { whole: String(value) };
  if (typeof value === 'number') return { double: Object.is(value, -0) ? '-0' : String(value) };
  return value;
}

export function rowOf(text: string): ResultRow {
  return JSON.parse(text, (_name, value: unknown): unknown => {
    const { whole, double } = (value ?? {}) as { readonly whole?: unknown; readonly double?: unknown };
    if (typeof whole === 'string') return BigInt(whole);
    return typeof double === 'string' ? Number(double) : value;
  }) as ResultRow;
}
