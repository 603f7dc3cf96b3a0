/** The sizes of a run, from how long it is to take. */
import { outageMillis, scheduleOf } from './schedule.ts';
import type { Fault } from './schedule.ts';

export interface PlanOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Absent: as many as the time asks for. */
  readonly records?: number | undefined;
  readonly mostOutageSeconds: number;
  /** Without any fault. */
  readonly isCalm?: boolean;
}

export interface Plan {
  readonly seconds: number;
  readonly seed: number;
  readonly records: number;
  /** Records per second. */
  readonly rate: number;
  readonly schedule: readonly Fault[];
  readonly sessionMillis: number;
  readonly commitMillis: number;
  readonly idleSeconds: number;
}

const RECORDS_PER_SECOND = 6700;
/** All of them are held in memory when the books are compared. */
const MOST_RECORDS = 2_000_000;
/** The shortest that a broker allows by default. */
const SESSION_MILLIS = 6000;
/** One of them, by the seed: the more often, the more commits are hit by a fault. */
const COMMIT_MILLIS = [50, 100, 250, 1000];
/** A producer that was killed, or whose broker went away, starts its pace anew: so much is lost each time. */
const PRODUCER_LOSS_MILLIS = 4000;
const LEAST_OUTAGE_MILLIS = 20_000;

export function planOf({ seconds, seed, records, mostOutageSeconds, isCalm = false }: PlanOptions): Plan {
  const most = mostOutageSeconds * 1000;
  const outage = { leastMillis: Math.min(LEAST_OUTAGE_MILLIS, most), mostMillis: most };
  const schedule = isCalm ? [] : scheduleOf({ seconds, seed, sessionMillis: SESSION_MILLIS, outage });
  const count = records ?? Math.min(MOST_RECORDS, Math.round(seconds * RECORDS_PER_SECOND));
  return {
    seconds,
    seed,
    records: count,
    rate: Math.ceil(count / producingSeconds(seconds, schedule)),
    schedule,
    sessionMillis: SESSION_MILLIS,
    commitMillis: COMMIT_MILLIS[seed % COMMIT_MILLIS.length]!,
    idleSeconds: 600 + 2 * mostOutageSeconds,
  };
}

/** What is left of the time for producing, at least a third of it. */
function producingSeconds(seconds: number, schedule: readonly Fault[]): number {
  const stops = schedule.filter(
    ({ kind }) => kind === 'killProducer' || kind === 'stopBroker' || kind === 'killBroker',
  );
  const lost = outageMillis(schedule) + stops.length * PRODUCER_LOSS_MILLIS;
  return Math.max(seconds / 3, seconds - lost / 1000);
}
