/** From the manifest's sink to what does the work: the one place that names the implementations. */
import type { Writable } from 'node:stream';
import type { Sink as SinkSpec, SinkName } from '../../crds/sink.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { StreamJobError } from '../errors.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import type { OutputColumn } from '../formats/row-encoder.ts';
import { createRowEncoder } from '../formats/row-encoder.ts';
import { BatchNames } from '../outbox/batch-names.ts';
import { Outbox } from '../outbox/outbox.ts';
import { resolveColumns } from '../outbox/output-columns.ts';
import { ConsoleSink } from './console.ts';
import { FileSink } from './file.ts';
import type { RetryPlan } from './retrying.ts';
import { RetryingSink } from './retrying.ts';
import { createRouter } from './routes.ts';
import { keyChoice, sinkName, sinkProblems } from './sink-problems.ts';
import type { Sink } from './sink.ts';
import { keyFields } from './topic-key.ts';
import { TopicRows } from './topic.ts';

/** Small enough to be printed while the job runs on. */
const CONSOLE_ROWS = 10_000;

export interface SinkContext {
  /** Names the files. */
  readonly job: string;
  /** Part of the names where several runs share a folder. */
  readonly run?: string | undefined;
  readonly stdout: Writable;
  /** The reader of stdout is gone: the job may end. */
  readonly onStdoutClosed: () => void;
  readonly retry: RetryPlan;
}

/** Sealed batches, which go to the sink after the commit that sealed them. */
export interface OutboxDelivery {
  readonly kind: 'outbox';
  readonly sink: Sink;
  /** Prints as it goes: whoever runs the job seals open rows at each commit. */
  readonly isLive: boolean;
  createOutbox(task: number): Outbox;
}

/** Records in the commit itself. */
export interface TopicDelivery {
  readonly kind: 'topic';
  /** Every topic that rows may go to. They must exist before the first task runs. */
  readonly topics: readonly string[];
  createRows(task: number, partitions: ReadonlyMap<string, number>): TopicRows;
}

export type Delivery = OutboxDelivery | TopicDelivery;

type KafkaSpec = NonNullable<SinkSpec['kafka']>;
type FileSpec = NonNullable<SinkSpec['file']>;
type ConsoleSpec = NonNullable<SinkSpec['console']>;

/** Throws a StreamJobError for a sink that this program cannot use, or one that has problems. */
export function createDelivery(spec: SinkSpec, plan: JobPlan, context: SinkContext): Delivery {
  const [problem] = sinkProblems(spec, plan);
  if (problem) throw new StreamJobError('ConfigInvalid', `${problem.path} ${problem.message}`);
  const name = sinkName(spec);
  const columns = columnsOf(spec[name]!, plan);
  if (spec.console) return consoleDelivery(spec.console, columns, plan, context);
  if (spec.file) return fileDelivery(spec.file, columns, plan, context);
  if (spec.kafka) return topicDelivery(spec.kafka, columns, plan);
  const remedy = 'add --sink file:DIR or --sink console';
  throw new StreamJobError('ConfigInvalid', `sink ${name} cannot be used in a local run; ${remedy}`);
}

function columnsOf(choice: NonNullable<SinkSpec[SinkName]>, plan: JobPlan): readonly OutputColumn[] {
  const resolved = resolveColumns(choice, plan, []);
  return 'columns' in resolved ? resolved.columns : [];
}

/** Rows of one window come together and are followed by its close; sessions and updates come as they change. */
function comesByWindow({ rows: { window } }: JobPlan): boolean {
  return window?.assigner !== undefined && !window.updates;
}

function consoleDelivery(
  { format }: ConsoleSpec,
  columns: readonly OutputColumn[],
  plan: JobPlan,
  { job, stdout, onStdoutClosed }: SinkContext,
): OutboxDelivery {
  const header = new ByteWriter();
  createRowEncoder(format, columns).header(header);
  if (header.length > 0) header.byte(10);
  return {
    kind: 'outbox',
    isLive: true,
    sink: new ConsoleSink({
      out: stdout,
      header: header.length > 0 ? header.toBytes() : undefined,
      onClosed: onStdoutClosed,
    }),
    createOutbox: (task) =>
      new Outbox({
        names: new BatchNames({ job, task, extension: `.${format}` }),
        encoder: createRowEncoder(format, columns),
        header: false,
        gzip: false,
        byWindow: comesByWindow(plan),
        maxRows: CONSOLE_ROWS,
      }),
  };
}

function fileDelivery(
  { path, format, compression, header, maxRows }: FileSpec,
  columns: readonly OutputColumn[],
  plan: JobPlan,
  { job, run, retry }: SinkContext,
): OutboxDelivery {
  const gzip = compression === 'gzip';
  return {
    kind: 'outbox',
    isLive: false,
    sink: new RetryingSink(new FileSink(path), retry),
    createOutbox: (task) =>
      new Outbox({
        names: new BatchNames({ job, run, task, extension: `.${format}${gzip ? '.gz' : ''}` }),
        encoder: createRowEncoder(format === 'csv' ? 'csv' : 'json', columns),
        header: header && format === 'csv',
        gzip,
        byWindow: comesByWindow(plan),
        maxRows,
      }),
  };
}

function topicDelivery(spec: KafkaSpec, columns: readonly OutputColumn[], plan: JobPlan): TopicDelivery {
  const routes = spec.routes ?? [];
  const topics = [...new Set([...routes.map(({ topic }) => topic), spec.topic])];
  const key = keyFields(keyChoice(spec, columns, plan));
  return {
    kind: 'topic',
    topics,
    createRows: (task, partitions) =>
      new TopicRows({
        encoder: createRowEncoder(spec.format, columns),
        key,
        topics: topics.map((name) => ({ name, partitions: partitionCount(partitions, name) })),
        router: createRouter(routes, plan.resultFields, topics, spec.topic),
        task,
      }),
  };
}

function partitionCount(partitions: ReadonlyMap<string, number>, topic: string): number {
  const count = partitions.get(topic);
  if (count === undefined)
    throw new StreamJobError('TopicNotFound', `topic ${topic}, which the sink writes to, does not exist`);
  return count;
}
