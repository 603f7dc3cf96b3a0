/** What a run tells at its end: a small table, and warnings where the figures suggest a mistake. */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { RunSummary } from '../local/summary.ts';
import { countText, plural, rateText, secondsText } from './number-text.ts';
import type { Paint } from './paint.ts';

/** Everything rejected but late records. */
function badOf({ rejected }: RunSummary): readonly (readonly [reason: string, count: number])[] {
  return [...rejected].filter(([reason, count]) => reason !== 'Late' && count > 0);
}

export const lateOf = ({ rejected }: RunSummary): number => rejected.get('Late') ?? 0;

const total = (counts: readonly (readonly [string, number])[]): number =>
  counts.reduce((sum, [, count]) => sum + count, 0);

/** Lines for a terminal, the job's name on top. */
export function summaryLines(job: StreamJob, summary: RunSummary, seconds: number, paint: Paint): string[] {
  const bad = badOf(summary);
  const reasons = bad.map(([reason, count]) => `${countText(count)} ${reason}`).join(', ');
  const figures: [label: string, figure: string, remark: string][] = [
    ['records in', countText(summary.records), ''],
    ['filtered out', countText(summary.filtered), ''],
    ['duplicates', countText(summary.duplicates), ''],
    ['late', countText(lateOf(summary)), ''],
    ['bad', countText(total(bad)), reasons],
    ['rows out', countText(summary.rows), ''],
    ['seconds', secondsText(seconds), `${rateText(summary.records / seconds)} records/s`],
  ];
  const width = Math.max(...figures.map(([, figure]) => figure.length));
  const head = `${job.metadata.name}: ${summary.stopped ? 'stopped' : 'done'}`;
  return [
    paint('bold', head),
    ...figures.map(([label, figure, remark]) => row(label, figure.padStart(width) + (remark && `  ${remark}`), paint)),
    ...resultsOf(job, summary).map((place, index) => row(index === 0 ? 'results' : '', place, paint)),
    ...deadLettersOf(summary).map((place) => row('dead letters', place, paint)),
  ];
}

const row = (label: string, text: string, paint: Paint): string => `  ${paint('dim', label.padEnd(12))}  ${text}`;

/** Where the results are. */
function resultsOf({ spec }: StreamJob, { outputs }: RunSummary): readonly string[] {
  if (outputs.length > 0) return outputs;
  return spec.sink.console ? ['printed on standard output'] : [];
}

function deadLettersOf({ deadLetters: { count, path } }: RunSummary): string[] {
  if (count === 0) return [];
  return [
    `${plural(count, 'record')} ${path === undefined ? 'counted, not kept: only a file sink has a folder for them' : `in ${path}`}`,
  ];
}

/** One line each. */
export function warningsOf(job: StreamJob, summary: RunSummary): string[] {
  const warnings = [
    unusedWarning(job, summary),
    stopWarning(job, summary),
    keyWarning(job, summary),
    emptyWarning(summary),
  ];
  return warnings.filter((warning) => warning !== undefined);
}

/** Parts of a manifest that speak of a Kafka cluster's records and positions. */
const FOR_CLUSTERS = ['kafka', 'startFrom', 'stopAt', 'resumeFrom'] as const;

function unusedWarning({ spec }: StreamJob, { run }: RunSummary): string | undefined {
  if (run !== undefined) return undefined;
  const unused = FOR_CLUSTERS.filter((part) => spec[part] !== undefined).map((part) => `spec.${part}`);
  if (unused.length === 0) return undefined;
  return `${unused.join(', ')} had no part in this run: a local run has a log of its own, which starts empty`;
}

function stopWarning({ spec }: StreamJob, { stopped, run }: RunSummary): string | undefined {
  if (!stopped) return undefined;
  if (run !== undefined) return `stopped after a commit, with no window closed: go on with --run ${run}`;
  if (!spec.window) return 'stopped before the end of the input: the results are those of the records read by then';
  const mark = spec.sink.file ? 'their files have _partial in the name' : 'they are the last that came out';
  return `stopped before the end of the input: the windows that were open came out as far as they were, and are partial; ${mark}`;
}

function keyWarning({ spec }: StreamJob, { keyMismatches }: RunSummary): string | undefined {
  if (keyMismatches === 0) return undefined;
  const declared = spec.schema.key ? 'spec.schema.key' : 'spec.producer.key';
  const remedy = spec.window ? 'correct it, or set spec.window.shuffle to always' : 'correct it';
  return `${plural(keyMismatches, 'sampled record')} had another key than ${declared} says, so results may be wrong: ${remedy}`;
}

/** Records and no rows: mostly one cause stands out. */
function emptyWarning(summary: RunSummary): string | undefined {
  const { records, rows, filtered, duplicates } = summary;
  if (rows > 0) return undefined;
  if (records === 0) return 'no records came: the source holds none';
  const bad = badOf(summary);
  const causes: [count: number, text: string][] = [
    [total(bad), `bad (${bad.map(([reason]) => reason).join(', ')}): does spec.schema fit the records?`],
    [filtered, 'filtered out: do the filters of spec.steps say what is meant?'],
    [
      lateOf(summary),
      'late: records far out of order need a longer spec.window.watermark.delay, or a file sorted by event time',
    ],
    [duplicates, 'duplicates: do the fields of the deduplicate step tell records apart?'],
  ];
  const [count, text] = causes.reduce((most, cause) => (cause[0] > most[0] ? cause : most));
  if (count === 0) return 'no rows came out, though no record was rejected';
  const share = count === records ? 'all' : `${countText(count)} of ${countText(records)}`;
  return `no rows came out: ${share} records were ${text}`;
}
