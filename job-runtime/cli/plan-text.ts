/**
 * A job's plan for people: where records come from, what each stage does and keeps, when records are late, where results
 * go, and why the plan is as it is. The stages are told in plan-stages.ts.
 */
import { SINK_NAMES } from '../../crds/sink.ts';
import { recordKey } from '../../crds/record-schema.ts';
import type { Aggregate, Producer, Sink, StreamJob, StreamJobSpec, Window } from '../../crds/stream-job.ts';
import { aggregateInput } from '../../crds/fields.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { resolveColumns } from '../outbox/output-columns.ts';
import { plural } from './number-text.ts';
import { list, section } from './paragraphs.ts';
import { stageSections } from './plan-stages.ts';

export function planText(job: StreamJob, plan: JobPlan): string {
  const { spec } = job;
  const sections = [
    section('Records', recordLines(spec, plan)),
    ...stageSections(spec, plan),
    section('Window', spec.window ? windowLines(spec.window) : ['none: each record goes to the sink by itself']),
    section('Late', lateLines(spec.window)),
    section('Bad', [badLine(spec)]),
    section('Results', resultLines(spec.sink, plan)),
    section(
      'Why',
      plan.reasons.length > 0
        ? plan.reasons.map(sentence)
        : ['Nothing has to be brought together: each partition is worked on by itself.'],
    ),
  ];
  return `Plan of ${job.metadata.name}\n\n${sections.join('\n')}`;
}

function recordLines({ topic, schema, producer, window }: StreamJobSpec, plan: JobPlan): string[] {
  const key = recordKey(schema, producer);
  const time = plan.rows.eventTime;
  const trailing = window ? `; a partition's watermark trails its largest event time by ${window.watermark.delay}` : '';
  return [
    `topic ${topic.name}, ${plural(topic.partitions, 'partition')}, ${schema.format}, written by ${writer(producer)}`,
    time ? `event time: ${time.name}${trailing}` : 'event time: none is needed',
    key ? `record key: ${list(key.fields)} (${key.encoding})` : 'record key: nothing is known of it',
    plan.growth === 'keyed'
      ? 'partitions must not be added while the job runs: its first stage keeps state by key'
      : 'partitions may be added while the job runs',
  ];
}

function writer(producer: Producer | undefined): string {
  const source = Object.entries(producer?.source ?? {}).find(([, settings]) => settings !== undefined);
  if (!source) return 'others';
  return `the job's own producer (${source[0]}${producer?.rate ? `, ${producer.rate}` : ''})`;
}

function windowLines(window: Window): string[] {
  const aggregates = Object.entries(window.aggregate).map(
    ([name, aggregate]) => `${name} = ${aggregateText(aggregate)}`,
  );
  return [
    windowKind(window),
    window.groupBy.length > 0
      ? `one result for each ${list(window.groupBy)}`
      : 'one result for all records of the window',
    `computes ${list(aggregates)}`,
    window.emit === 'updates'
      ? 'comes out at every commit with what changed, and when it closes'
      : 'comes out once, when it closes',
  ];
}

function windowKind({ type, size, slide, gap, offset, timezone }: Window): string {
  const zone = timezone ? `, on the local clock of ${timezone}` : '';
  const shift = /[1-9]/.test(offset) ? `, shifted by ${offset}` : '';
  if (type === 'session') return `session: ends after ${gap} without records of its group`;
  if (type === 'sliding') return `sliding: ${size} long, one starts every ${slide}${shift}${zone}`;
  return `tumbling: ${size} long, one after the other${shift}${zone}`;
}

function aggregateText(aggregate: Aggregate): string {
  const { kind, field } = aggregateInput(aggregate);
  if (kind === 'count' && field === '*') return 'number of records';
  return aggregate.percentile ? `percentile ${aggregate.percentile.p} of ${field}` : `${kind} of ${field}`;
}

function lateLines(window: Window | undefined): string[] {
  if (!window) return ['no record is late without a window'];
  const { allowedLateness, late } = window;
  const grace = /[1-9]/.test(allowedLateness) ? `, and ${allowedLateness} more have passed` : '';
  return [
    `a record is late when all windows that it belongs to have closed: when the watermark of its own partition has passed their ends${grace}`,
    late === 'drop' ? 'late records are dropped and counted' : 'late records are counted and kept as dead letters',
  ];
}

const BAD = {
  deadLetter:
    'a record that does not fit the schema, or on which an expression fails, is counted and kept as a dead letter',
  skip: 'a record that does not fit the schema, or on which an expression fails, is dropped and counted',
  fail: 'a record that does not fit the schema, or on which an expression fails, ends the job',
} as const;

const badLine = ({ onError }: StreamJobSpec): string => BAD[onError];

function resultLines(sink: Sink, plan: JobPlan): string[] {
  const name = SINK_NAMES.find((candidate) => sink[candidate] !== undefined)!;
  const resolved = resolveColumns(sink[name]!, plan, ['spec', 'sink', name]);
  const columns = 'columns' in resolved ? resolved.columns : [];
  const texts = columns.map((column) => {
    const from = column.field.name === column.name ? '' : `from ${column.field.name}`;
    const option = sink[name]!.columnOptions[column.name];
    const as =
      option?.format || option?.timezone
        ? ['as', option.format, option.timezone && `in ${option.timezone}`].filter(Boolean).join(' ')
        : '';
    const remark = [from, as].filter((text) => text !== '').join(' ');
    return remark === '' ? column.name : `${column.name} (${remark})`;
  });
  return [sinkText(sink), `columns: ${list(texts)}`];
}

function sinkText({ console: print, file, kafka, gcs }: Sink): string {
  if (print) return `printed as ${print.format}, at least once`;
  if (kafka)
    return `records of topic ${kafka.topic}${kafka.routes ? ` or ${list(kafka.routes.map(({ topic }) => topic))}` : ''}, ${kafka.format}, exactly once`;
  const { format, compression, maxRows } = (file ?? gcs)!;
  const place = file ? `folder ${file.path}` : `bucket ${gcs!.bucket}${gcs!.prefix ? `, under ${gcs!.prefix}/` : ''}`;
  return `files in ${place}: ${format}${compression === 'gzip' ? ', gzip' : ''}, at most ${maxRows} rows each, exactly once`;
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
