/**
 * When which job is asked about. Computes only: time comes in as an argument, whoever has the timers asks what is to
 * start, and says how each ended.
 *
 * Jobs that move are asked about often, the others seldom. All of them together start no faster than a few at a time,
 * which spreads them, and the lengths of their periods differ, which keeps them apart. A cluster that fails several
 * times in a row is down: from then on one of its jobs at a time tries it, less and less often, and the others wait for
 * that one. So a cluster that cannot be reached takes one place of those that all clusters share.
 */
export interface PollLimits {
  readonly movingMillis: number;
  readonly quietMillis: number;
  /** After failures the wait grows up to this. */
  readonly longestWaitMillis: number;
  /** Between the ends and the starts of two polls of one job, whoever is in a hurry. */
  readonly leastWaitMillis: number;
  /** At once, of all clusters and of one. */
  readonly inFlight: number;
  readonly inFlightPerCluster: number;
  /** At most `startsPerRound` begin at once, and `roundMillis` are between two rounds. */
  readonly startsPerRound: number;
  readonly roundMillis: number;
}

export const POLL_LIMITS: PollLimits = {
  movingMillis: 15_000,
  quietMillis: 300_000,
  longestWaitMillis: 60_000,
  leastWaitMillis: 1000,
  inFlight: 32,
  inFlightPerCluster: 8,
  startsPerRound: 10,
  roundMillis: 50,
};

/** How a poll ended. `clusterFailed`: likely not by the job's fault. */
export type Outcome = 'moving' | 'quiet' | 'failed' | 'clusterFailed';

/** A poll under way; given back with its outcome. */
export interface Flight {
  readonly key: string;
  readonly cluster: string;
}

interface Entry {
  readonly cluster: string;
  dueAt: number;
  /** Not before this, not even in a hurry. */
  earliest: number;
  failures: number;
  flight: Flight | undefined;
  /** Somebody is in a hurry for what the poll under way may not see any more. */
  isAskedAgain: boolean;
}

interface ClusterState {
  readonly keys: Set<string>;
  inFlight: number;
  /** In a row, of whichever of its jobs. */
  failures: number;
  hasAnswered: boolean;
  retryAt: number;
}

/** One failure may be the fault of a job. */
const DOWN_AFTER = 3;
/** Periods are longer or shorter by up to this part. */
const SPREAD = 0.1;

export class PollSchedule {
  private readonly limits: PollLimits;
  private readonly entries = new Map<string, Entry>();
  private readonly clusters = new Map<string, ClusterState>();
  private inFlight = 0;
  private lastRoundAt = -Infinity;

  constructor(limits: PollLimits = POLL_LIMITS) {
    this.limits = limits;
  }

  /** A new job, or one that is to be asked about elsewhere from now on. */
  add(key: string, cluster: string, now: number): void {
    this.remove(key);
    this.cluster(cluster).keys.add(key);
    this.entries.set(key, {
      cluster,
      dueAt: now,
      earliest: now,
      failures: 0,
      flight: undefined,
      isAskedAgain: false,
    });
  }

  remove(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.cluster(entry.cluster).keys.delete(key);
    this.forgetCluster(entry.cluster);
  }

  /** Asks about a job as soon as may be. */
  hurry(key: string, now: number): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    if (entry.flight) entry.isAskedAgain = true;
    else entry.dueAt = Math.min(entry.dueAt, Math.max(now, entry.earliest));
  }

  /** What starts now; those that have waited longest first. */
  take(now: number): Flight[] {
    if (now < this.lastRoundAt + this.limits.roundMillis) return [];
    const due = [...this.entries].filter(([, entry]) => this.dueAt(entry) <= now);
    due.sort(([, a], [, b]) => a.dueAt - b.dueAt);
    const taken: Flight[] = [];
    for (const [key, entry] of due) {
      if (taken.length === this.limits.startsPerRound) break;
      if (this.hasRoom(entry.cluster)) taken.push(this.begin(key, entry));
    }
    if (taken.length > 0) this.lastRoundAt = now;
    return taken;
  }

  /** When `take` may give something again; undefined: not before a poll has ended or a job has come. */
  nextAt(): number | undefined {
    let next = Infinity;
    for (const entry of this.entries.values())
      if (!entry.flight && this.hasRoom(entry.cluster)) next = Math.min(next, this.dueAt(entry));
    return next === Infinity ? undefined : Math.max(next, this.lastRoundAt + this.limits.roundMillis);
  }

  ended(flight: Flight, outcome: Outcome, now: number): void {
    const cluster = this.cluster(flight.cluster);
    this.inFlight--;
    cluster.inFlight--;
    if (outcome === 'clusterFailed') this.countFailure(cluster, now);
    else Object.assign(cluster, { failures: 0, hasAnswered: true, retryAt: -Infinity });
    const entry = this.entries.get(flight.key);
    if (entry?.flight === flight) this.plan(flight.key, entry, { outcome, now });
    this.forgetCluster(flight.cluster);
  }

  /** The jobs of a cluster that is down, which are not asked about themselves; none while it is not. */
  heldBack(cluster: string): readonly string[] {
    const state = this.clusters.get(cluster);
    return state && this.isDown(state) ? [...state.keys] : [];
  }

  private begin(key: string, entry: Entry): Flight {
    const flight = { key, cluster: entry.cluster };
    entry.flight = flight;
    entry.isAskedAgain = false;
    this.inFlight++;
    this.cluster(entry.cluster).inFlight++;
    return flight;
  }

  private plan(key: string, entry: Entry, { outcome, now }: { readonly outcome: Outcome; readonly now: number }): void {
    const { movingMillis, quietMillis, leastWaitMillis } = this.limits;
    const isFailure = outcome === 'failed' || outcome === 'clusterFailed';
    entry.flight = undefined;
    entry.failures = isFailure ? entry.failures + 1 : 0;
    entry.earliest = now + leastWaitMillis;
    const period = isFailure ? this.waitAfter(entry.failures) : outcome === 'moving' ? movingMillis : quietMillis;
    entry.dueAt = entry.isAskedAgain ? entry.earliest : now + period * (1 + SPREAD * (2 * fractionOf(key) - 1));
  }

  private dueAt(entry: Entry): number {
    return entry.flight ? Infinity : Math.max(entry.dueAt, this.cluster(entry.cluster).retryAt);
  }

  private hasRoom(name: string): boolean {
    const cluster = this.cluster(name);
    const isTrusted = cluster.hasAnswered && cluster.failures === 0;
    const most = isTrusted ? this.limits.inFlightPerCluster : 1;
    return this.inFlight < this.limits.inFlight && cluster.inFlight < most;
  }

  private countFailure(cluster: ClusterState, now: number): void {
    cluster.failures++;
    if (this.isDown(cluster)) cluster.retryAt = now + this.waitAfter(cluster.failures - DOWN_AFTER + 1);
  }

  private isDown({ failures, keys }: ClusterState): boolean {
    return failures >= Math.min(DOWN_AFTER, Math.max(1, keys.size));
  }

  /** The first wait is as long as between two polls of a job that moves. */
  private waitAfter(failures: number): number {
    const { movingMillis, longestWaitMillis } = this.limits;
    return Math.min(longestWaitMillis, movingMillis * 2 ** Math.max(0, failures - 1));
  }

  private cluster(name: string): ClusterState {
    let state = this.clusters.get(name);
    if (!state) {
      state = { keys: new Set(), inFlight: 0, failures: 0, hasAnswered: false, retryAt: -Infinity };
      this.clusters.set(name, state);
    }
    return state;
  }

  private forgetCluster(name: string): void {
    const state = this.clusters.get(name);
    if (state && state.keys.size === 0 && state.inFlight === 0) this.clusters.delete(name);
  }
}

/** The same number in [0, 1) for the same key, evenly spread over keys. */
function fractionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}
