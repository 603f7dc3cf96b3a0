/** The status of a job, all of it, from what was observed and judged. Times come from the observation. */
import type { Condition, Judgement } from '../../crds/conditions.ts';
import { mergeConditions } from '../../crds/conditions.ts';
import { MAX_LISTED_PARTITIONS } from '../../crds/status.ts';
import type { Phase, StreamJobStatus } from '../../crds/stream-job.ts';
import { selectorLabels, selectorText } from '../resources/labels.ts';
import { runOf } from '../resources/run.ts';
import type { Aim } from './aim.ts';
import { readiness } from './judge-deployed.ts';
import { watermarkOf } from './judge-progress.ts';
import { consumedRate, producedRate, totalLag } from './lag-scaling.ts';
import type { Observed, PartitionProgress } from './observed.ts';
import { podTroubles } from './pod-trouble.ts';
import { shortened } from './shortened.ts';
import { consumerDeployment } from './target.ts';

/** From the year 0 to the year 9999: the API server takes no status with a year of more digits, or before Christ. */
const FIRST_INSTANT = -62_167_219_200_000;
const LAST_INSTANT = 253_402_300_799_999;
const LONGEST_ERROR = 1024;

export function statusOf(observed: Observed, aim: Aim, judged: readonly Judgement[]): StreamJobStatus {
  const { job, now } = observed;
  const { target } = aim;
  const before = job.status ?? {};
  const { generation, name } = job.metadata;
  const conditions = mergeConditions((before.conditions ?? []) as Condition[], judged, {
    now: new Date(now).toISOString(),
    generation,
  });
  return withoutAbsent({
    observedGeneration: generation,
    phase: phaseOf(observed, aim, judged),
    run: target?.identity.run ?? before.run ?? runOf(job),
    runtimeImage: target?.revision.image ?? before.runtimeImage,
    conditions,
    ...podCounts(observed, aim),
    selector: selectorText(selectorLabels(name, 'consumer')),
    partitions: observed.kafka.partitions ?? before.partitions,
    ...(isSameRun(observed, aim) ? progressOf(observed) : {}),
    lastError: lastErrorOf(observed, judged),
  });
}

function podCounts(observed: Observed, aim: Aim): Pick<StreamJobStatus, 'ready' | 'replicas'> {
  const { ready, wanted } = aim.end ? { ready: 0, wanted: 0 } : readiness(observed, aim);
  const { replicas = 0 } = (consumerDeployment(observed)?.status ?? {}) as { replicas?: number };
  return { ready: `${ready}/${wanted}`, replicas };
}

/** What is known of Kafka, else what was last known of this run. */
function progressOf({ kafka, job: { status = {} } }: Observed): Partial<StreamJobStatus> {
  const { progress, earlier } = kafka;
  if (!progress) {
    const { lag, watermark, deadLetters, rates, progress: listed } = status;
    return { lag, watermark, deadLetters, rates, progress: listed };
  }
  const consumed = consumedRate(progress, earlier);
  const produced = producedRate(progress, earlier);
  return {
    lag: totalLag(progress),
    watermark: instantOf(watermarkOf(progress)) ?? status.watermark,
    deadLetters: progress.deadLetters,
    rates:
      consumed === undefined
        ? status.rates
        : withoutAbsent({ consumed: rounded(consumed), produced: rounded(produced) }),
    progress: listed(progress.partitions).map(({ topic, partition, committed, lag, watermark }) =>
      withoutAbsent({ topic, partition, offset: committed, lag, watermark: instantOf(watermark) }),
    ),
  } as Partial<StreamJobStatus>;
}

const isSameRun = ({ job: { status } }: Observed, { target }: Aim): boolean =>
  status?.run === undefined || target === undefined || status.run === target.identity.run;

/** In their own order; where there are too many, those with the most lag. */
function listed(partitions: readonly PartitionProgress[]): readonly PartitionProgress[] {
  if (partitions.length <= MAX_LISTED_PARTITIONS) return partitions;
  const worst = new Set([...partitions].sort((a, b) => b.lag - a.lag).slice(0, MAX_LISTED_PARTITIONS));
  return partitions.filter((partition) => worst.has(partition));
}

export function phaseOf({ pods }: Observed, { end, target }: Aim, judged: readonly Judgement[]): Phase {
  if (end === 'completed') return 'Completed';
  if (end === 'suspended') return pods.length === 0 ? 'Suspended' : 'Running';
  // What works goes on, whatever else is wrong.
  const works = pods.some(({ isReady }) => isReady) || holds(judged, 'Ready', 'True');
  if (works) return 'Running';
  if (isFailing(judged)) return 'Failed';
  return target ? 'Starting' : 'Pending';
}

/** A person has to do something. */
const isFailing = (judged: readonly Judgement[]): boolean =>
  holds(judged, 'SpecValid', 'False') ||
  judged.some(({ type, reason }) => type === 'Deployed' && reason === 'PodsFailing') ||
  judged.some(({ type, status, reason }) => type === 'Progressing' && status === 'False' && !PASSING.has(reason));

/** It may be over by itself. */
const PASSING: ReadonlySet<string> = new Set(['Stalled', 'SinkUnavailable']);

const holds = (judged: readonly Judgement[], type: string, status: Judgement['status']): boolean =>
  judged.some((judgement) => judgement.type === type && judgement.status === status);

/** The worst trouble of a pod; it stays until the job is ready again, with the time when it was first seen. */
function lastErrorOf(
  { pods, now, job: { status } }: Observed,
  judged: readonly Judgement[],
): StreamJobStatus['lastError'] {
  if (holds(judged, 'Ready', 'True')) return undefined;
  const [worst] = podTroubles(pods);
  const before = status?.lastError;
  if (!worst) return before;
  const message = oneLine(worst.failure ? `${worst.failure}: ${worst.message}` : worst.message);
  if (before?.message === message && before.pod === worst.pod) return before;
  const record = /\b([A-Za-z0-9._-]{1,249}\/[0-9]{1,10}@[0-9]{1,19})\b/.exec(message)?.[1];
  return { message, pod: worst.pod, ...(record && { record }), time: new Date(now).toISOString() };
}

const oneLine = (text: string): string => shortened(text.replaceAll(/\s+/g, ' '), LONGEST_ERROR);

function instantOf(watermark: number | undefined): string | undefined {
  const isInstant = watermark !== undefined && watermark >= FIRST_INSTANT && watermark <= LAST_INSTANT;
  return isInstant ? new Date(watermark).toISOString() : undefined;
}

/** Three digits tell a trend; more would change with every look. */
const rounded = (rate: number | undefined): number | undefined =>
  rate === undefined ? undefined : Number(rate.toPrecision(3));

/** JSON has no undefined, and a status that was read back has none. */
function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
