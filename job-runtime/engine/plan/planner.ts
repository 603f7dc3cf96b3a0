/**
 * The planner: a parsed StreamJob becomes stages that tasks can run, or problems that a person can mend. Expressions
 * are parsed and type-checked here, so nothing about them can fail later but single records.
 */
import type { Problem } from '../../../crds/problem.ts';
import { parseDuration } from '../../../crds/duration.ts';
import { recordKey } from '../../../crds/record-schema.ts';
import type { StreamJob, StreamJobSpec } from '../../../crds/stream-job.ts';
import { ByteWriter } from '../../formats/byte-writer.ts';
import { createKeyEncoder } from '../../formats/key-codec.ts';
import { createDecoder } from '../../formats/registry.ts';
import type { Field } from '../column.ts';
import type { JobPlan, RowPlan, WindowPlan } from '../stage-plan.ts';
import { Layout } from './layout.ts';
import { ShufflePlanner } from './shuffle-planner.ts';
import { StepPlanner } from './step-planner.ts';
import type { PlannedWindow, WindowTime } from './window-plan.ts';
import { planWindow, planWindowTime } from './window-plan.ts';

const DEFAULT_MAX_FUTURE = '1h';

export type Planned = { readonly plan: JobPlan } | { readonly problems: readonly Problem[] };

export function planJob({ spec }: StreamJob): Planned {
  return new JobPlanner(spec).plan();
}

class JobPlanner {
  private readonly spec: StreamJobSpec;
  private readonly layout: Layout;
  /** The schema's fields, before any step. */
  private readonly decodable: readonly Field[];
  private readonly key: readonly Field[] | undefined;
  private readonly time: WindowTime | undefined;
  private readonly eventTime: Field | undefined;

  constructor(spec: StreamJobSpec) {
    this.spec = spec;
    this.layout = new Layout(spec.schema);
    this.decodable = [...this.layout.columns];
    this.key = keyFields(spec, this.layout);
    const hasMemory = spec.steps.some((step) => step.deduplicate ?? step.delta);
    this.time = spec.window && planWindowTime(spec.window, hasMemory);
    if (this.time || hasMemory) this.eventTime = this.layout.find(spec.schema.eventTime ?? '');
  }

  plan(): Planned {
    const steps = new StepPlanner(this.layout, this.time);
    this.spec.steps.forEach((step, index) => steps.add(step, index));
    if (steps.problems.length > 0) return { problems: steps.problems };
    const window = this.planWindow();
    const shuffles = this.planShuffles(steps, window?.plan);
    if (shuffles.problems.length > 0) {
      return { problems: shuffles.problems.map(({ step, message }) => ({ path: `spec.steps[${step}]`, message })) };
    }
    const outputs = window?.inputs ?? chosenFields(this.spec, this.layout);
    return {
      plan: {
        rows: this.planRows([...steps.inputs, ...outputs], window?.plan),
        stages: shuffles.stages,
        resultFields: window?.plan.resultFields ?? this.layout.all,
        growth: shuffles.growth,
        reasons: [...shuffles.reasons, ...steps.reasons],
      },
    };
  }

  private planWindow(): PlannedWindow | undefined {
    const { spec, time, layout } = this;
    return spec.window && time && planWindow(spec, { window: spec.window, time, layout });
  }

  private planShuffles(steps: StepPlanner, window: WindowPlan | undefined): ShufflePlanner {
    const key = this.spec.window?.shuffle === 'always' ? undefined : this.key;
    return new ShufflePlanner({ steps: steps.planned, groupBy: window?.groupBy, key, eventTime: this.eventTime });
  }

  private planRows(inputs: readonly Field[], window: WindowPlan | undefined): RowPlan {
    const { spec, layout, eventTime, key } = this;
    const used = new Set([...inputs, ...(eventTime ? [eventTime] : [])].map(({ slot }) => slot));
    const decoded = this.decodable.filter(({ slot }) => used.has(slot));
    return {
      columns: layout.columns,
      createDecoder: () => createDecoder(spec.schema, decoded),
      eventTime,
      delay: parseDuration(spec.window?.watermark.delay ?? '0s'),
      maxFuture: parseDuration(spec.window?.watermark.maxFuture ?? DEFAULT_MAX_FUTURE),
      declaredKey: key?.every(({ slot }) => used.has(slot)) ? declaredKey(spec, key) : undefined,
      window,
    };
  }
}

/** The fields of the record key; undefined where nothing is known of it. */
function keyFields({ schema, producer }: StreamJobSpec, layout: Layout): readonly Field[] | undefined {
  return recordKey(schema, producer)?.fields.map((name) => layout.get(name));
}

function declaredKey({ schema, producer }: StreamJobSpec, fields: readonly Field[]): RowPlan['declaredKey'] {
  const encode = createKeyEncoder(recordKey(schema, producer)!.encoding, fields);
  const writer = new ByteWriter();
  return {
    write: (batch, row) => {
      writer.clear();
      encode(batch, row, writer);
      return writer.bytes.subarray(0, writer.length);
    },
  };
}

/** Without a window: the fields that the sink's columns take. */
function chosenFields({ sink }: StreamJobSpec, layout: Layout): readonly Field[] {
  const { columns, columnOptions } = (sink.console ?? sink.file ?? sink.kafka ?? sink.gcs)!;
  const keys = sink.kafka?.key ?? [];
  if (!columns || sink.kafka?.routes) return layout.all;
  return [...columns, ...keys].flatMap((name) => layout.find(columnOptions[name]?.from ?? name) ?? []);
}
