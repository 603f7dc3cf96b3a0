/**
 * Keeps what Kafka tells of all jobs: asks when the schedule says so, remembers the answers, and tells whoever works on
 * a job when there is news of it.
 */
import type { KafkaFacts } from '../reconcile/observed.ts';
import { clusterKey } from './clusters.ts';
import type { KafkaTarget } from './clusters.ts';
import { isMoving, isNews } from './facts-change.ts';
import { NOTHING_SEEN, withTrouble } from './job-kafka.ts';
import type { KafkaSight } from './job-kafka.ts';
import type { JobInKafka } from './job-progress.ts';
import { PollSchedule } from './poll-schedule.ts';
import type { Flight, Outcome, PollLimits } from './poll-schedule.ts';
import { isOfCluster } from './trouble.ts';

/** A job and where it is asked about. */
export interface PolledJob {
  readonly target: KafkaTarget;
  readonly job: JobInKafka;
}

export interface Timers {
  readonly now: () => number;
  /** Calls `then` once, after `millis`; gives what takes it back. */
  readonly after: (millis: number, then: () => void) => () => void;
}

export interface PollerOptions extends Timers {
  /** Asks Kafka; what it throws becomes the job's trouble. Ends in bounded time. */
  readonly ask: (job: PolledJob, before: KafkaSight) => Promise<KafkaSight>;
  /** There is news of a job. Must not throw. */
  readonly changed: (key: string) => void;
  readonly limits?: PollLimits;
}

interface Watched {
  readonly polled: PolledJob;
  /** `polled` as text, to see whether it is another. */
  readonly text: string;
  readonly since: number;
  sight: KafkaSight;
}

/** A job that has no run by then is not about to get one. */
const YOUNG_MILLIS = 600_000;
const SOON_MILLIS = 50;

export class ProgressPoller {
  private readonly options: PollerOptions;
  private readonly schedule: PollSchedule;
  private readonly watched = new Map<string, Watched>();
  private cancel: (() => void) | undefined;
  private wakesAt = Infinity;
  private isClosed = false;

  constructor(options: PollerOptions) {
    this.options = options;
    this.schedule = new PollSchedule(options.limits);
  }

  /**
   * Asks about this job from now on. The same again changes nothing; another run, topic or Kafka forgets what was seen
   * of the one before.
   */
  track(key: string, polled: PolledJob): void {
    const text = JSON.stringify([clusterKey(polled.target), polled.job]);
    if (this.isClosed || this.watched.get(key)?.text === text) return;
    const since = this.options.now();
    const watched = { polled, text, since, sight: NOTHING_SEEN };
    this.watched.set(key, watched);
    const cluster = clusterKey(polled.target);
    this.schedule.add(key, cluster, since);
    this.sharePeersTrouble(key, watched, cluster);
    this.wake();
  }

  /** The job is gone. */
  forget(key: string): void {
    this.watched.delete(key);
    this.schedule.remove(key);
  }

  /** What is known now; nothing of a job that is not tracked. */
  facts(key: string): KafkaFacts {
    return this.watched.get(key)?.sight.facts ?? NOTHING_SEEN.facts;
  }

  /** Something has happened to the job, such as a pod that became ready: its turn comes now. */
  pollSoon(key: string): void {
    this.schedule.hurry(key, this.options.now());
    this.wake();
  }

  /** Nothing is asked any more; what is under way is dropped. */
  close(): void {
    this.isClosed = true;
    this.cancel?.();
    this.watched.clear();
  }

  private readonly round = (): void => {
    this.wakesAt = Infinity;
    for (const flight of this.schedule.take(this.options.now())) void this.poll(flight);
    this.wake();
  };

  private wake(): void {
    const { now, after } = this.options;
    // Soon enough, and a look at all jobs for each that was asked about is spared.
    if (this.isClosed || this.wakesAt <= now() + SOON_MILLIS) return;
    this.cancel?.();
    this.wakesAt = this.schedule.nextAt() ?? Infinity;
    this.cancel = this.wakesAt === Infinity ? undefined : after(Math.max(0, this.wakesAt - now()), this.round);
  }

  private async poll(flight: Flight): Promise<void> {
    const watched = this.watched.get(flight.key)!;
    const before = watched.sight;
    const sight = await this.look(watched.polled, before);
    if (this.isClosed) return;
    this.schedule.ended(flight, this.outcomeOf(before, sight, watched.since), this.options.now());
    // Another job may stand under the key by now, or none.
    if (this.watched.get(flight.key) === watched) this.keep(flight.key, watched, sight);
    this.shareTrouble(flight.cluster, sight);
    this.wake();
  }

  private async look(polled: PolledJob, before: KafkaSight): Promise<KafkaSight> {
    try {
      return await this.options.ask(polled, before);
    } catch (failure) {
      return withTrouble(before, failure);
    }
  }

  private outcomeOf(before: KafkaSight, { facts }: KafkaSight, since: number): Outcome {
    if (facts.trouble) return isOfCluster(facts.trouble) ? 'clusterFailed' : 'failed';
    const age = { ageMillis: this.options.now() - since, youngMillis: YOUNG_MILLIS };
    return isMoving(before.facts, facts, age) ? 'moving' : 'quiet';
  }

  /** The jobs that wait for a cluster which is down have the same trouble as the one that was asked about. */
  private shareTrouble(cluster: string, { facts: { trouble } }: KafkaSight): void {
    if (!trouble) return;
    for (const key of this.schedule.heldBack(cluster)) {
      const watched = this.watched.get(key);
      if (watched) this.keep(key, watched, { ...watched.sight, facts: { ...watched.sight.facts, trouble } });
    }
  }

  private sharePeersTrouble(key: string, watched: Watched, cluster: string): void {
    const peers = this.schedule.heldBack(cluster).map((peer) => this.watched.get(peer)?.sight.facts.trouble);
    const trouble = peers.find((known) => known && isOfCluster(known));
    if (trouble) this.keep(key, watched, { facts: { trouble } });
  }

  private keep(key: string, watched: Watched, sight: KafkaSight): void {
    const before = watched.sight.facts;
    watched.sight = sight;
    if (isNews(before, sight.facts)) this.options.changed(key);
  }
}
