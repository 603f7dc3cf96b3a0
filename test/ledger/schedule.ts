/**
 * What is done to a run, and when: a list that depends on the seed alone. The broker is away a few times, once stopped
 * and once killed at least; in between, processes are killed, frozen, added and removed, of each kind at least one.
 */
import { Random } from '../../job-runtime/sources/random.ts';
import { JOB_NAMES } from './jobs.ts';
import type { JobName } from './jobs.ts';

export const FAULT_KINDS = [
  /** SIGKILL; started again after `lasts`. */
  'killConsumer',
  /** SIGSTOP, and SIGCONT after `lasts`, which is beyond the session's timeout: it comes back as a zombie. */
  'freezeConsumer',
  /** One more consumer, which is asked to stop after `lasts`. */
  'addConsumer',
  /** SIGTERM; another one comes after `lasts`. */
  'removeConsumer',
  /** SIGKILL; started again after `lasts`. */
  'killProducer',
  /** SIGTERM; started again after `lasts`. */
  'stopBroker',
  /** SIGKILL; started again after `lasts`. */
  'killBroker',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Milliseconds since everybody worked. */
  readonly at: number;
  /** Milliseconds until it is undone. */
  readonly lasts: number;
  /** Whose consumer. */
  readonly job: JobName;
  /** Which of them: this number modulo how many there are. */
  readonly target: number;
  /** A killed consumer comes back under another name, as a new pod would, and not as a restarted container. */
  readonly isReplaced: boolean;
}

export interface ScheduleOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly sessionMillis: number;
  readonly outage: { readonly leastMillis: number; readonly mostMillis: number };
}

type Span = readonly [least: number, most: number];

/** Nothing happens before this. */
const QUIET_MILLIS = 2000;
/** From one fault to the next, the broker's outages aside. */
const PAUSE: Span = [3000, 9000];
/** Of the time, the broker is away for one part in so many. */
const ONE_PART_IN = 3.5;
/** The broker is there for so long between two outages. */
const BREATH_MILLIS = 10_000;

/** How often each kind is chosen. */
const WEIGHTS: Readonly<Record<Exclude<FaultKind, BrokerFault>, number>> = {
  killConsumer: 5,
  freezeConsumer: 3,
  addConsumer: 1,
  removeConsumer: 2,
  killProducer: 2,
};

type BrokerFault = 'stopBroker' | 'killBroker';
type ProcessFault = keyof typeof WEIGHTS;

/** In the order of time. `seconds`: at least a minute. */
export function scheduleOf(options: ScheduleOptions): Fault[] {
  const random = new Random(options.seed);
  random.start(0);
  return [...outages(options, random), ...processFaults(options, random)].sort((a, b) => a.at - b.at);
}

/** What the outages take of the time, milliseconds. */
export const outageMillis = (faults: readonly Fault[]): number =>
  faults
    .filter(({ kind }) => kind === 'stopBroker' || kind === 'killBroker')
    .reduce((sum, { lasts }) => sum + lasts, 0);

/** One in each of as many equal parts of the time. */
function outages({ seconds, outage }: ScheduleOptions, random: Random): Fault[] {
  const usual = (outage.leastMillis + outage.mostMillis) / 2;
  const count = Math.max(2, Math.floor((seconds * 1000) / (usual * ONE_PART_IN)));
  const part = (seconds * 1000 - QUIET_MILLIS) / count;
  const first = random.below(2);
  return Array.from({ length: count }, (_, index) => {
    const most = Math.min(outage.mostMillis, part - BREATH_MILLIS);
    const lasts = between([Math.min(outage.leastMillis, most), most], random);
    const at = QUIET_MILLIS + index * part + between([0, part - BREATH_MILLIS - lasts], random);
    const kind = (index + first) % 2 === 0 ? 'stopBroker' : 'killBroker';
    return { kind, at: Math.round(at), lasts, job: 'keyed', target: 0, isReplaced: false };
  });
}

function processFaults({ seconds, sessionMillis }: ScheduleOptions, random: Random): Fault[] {
  const faults: Fault[] = [];
  const first = shuffled(Object.keys(WEIGHTS) as ProcessFault[], random);
  for (let at = QUIET_MILLIS; at < seconds * 1000; at += between(PAUSE, random)) {
    const kind = first.pop() ?? chosen(random);
    faults.push({
      kind,
      at: Math.round(at),
      lasts: between(spanOf(kind, sessionMillis), random),
      job: JOB_NAMES[random.below(JOB_NAMES.length)]!,
      target: random.below(1000),
      isReplaced: random.below(2) === 0,
    });
  }
  return faults;
}

function spanOf(kind: ProcessFault, sessionMillis: number): Span {
  switch (kind) {
    case 'freezeConsumer':
      return [sessionMillis * 1.2, sessionMillis * 2.5];
    case 'addConsumer':
    case 'removeConsumer':
      return [4000, 15_000];
    default:
      return [300, 3000];
  }
}

function chosen(random: Random): ProcessFault {
  const entries = Object.entries(WEIGHTS) as [ProcessFault, number][];
  let left = random.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
  return entries.find(([, weight]) => (left -= weight) < 0)![0];
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}

const between = ([least, most]: Span, random: Random): number => Math.round(least + random.unit() * (most - least));
