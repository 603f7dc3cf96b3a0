/**
 * The Kafka clusters that jobs name: opened when first asked, shared by the jobs that reach them in the same way, closed
 * when nobody has asked for a while. Credentials come from Secrets of the job's namespace, so two namespaces share a
 * cluster only where neither shows any.
 */
import type { Kafka } from '../../crds/stream-job.ts';
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { KafkaCredentials, ReadCredentials } from '../../job-runtime/log/kafka-credentials.ts';
import { openKafka } from '../../job-runtime/log/kafka/open-kafka.ts';
import type { KafkaCluster } from '../../job-runtime/log/kafka/open-kafka.ts';

/** The Kafka of a job: `kafka` is that of its spec, or else the whole of the default. */
export interface KafkaTarget {
  readonly namespace: string;
  readonly kafka: Kafka;
}

/** What is asked of an open cluster. */
export type AskedCluster = Pick<KafkaCluster, 'log' | 'admin'>;

export interface ClustersOptions {
  /** Reads the Secrets that `target.kafka` names, in `target.namespace` and nowhere else. */
  readonly readCredentials: (target: KafkaTarget) => Promise<KafkaCredentials>;
  readonly now: () => number;
  /** How long one use may take. Default 20 s. */
  readonly answerMillis?: number;
  /** How long a cluster stays open that nobody uses. Default 10 min. */
  readonly idleMillis?: number;
  /** Absent: real ones. */
  readonly open?: (kafka: Kafka, read: ReadCredentials) => AskedCluster & Pick<KafkaCluster, 'close'>;
}

interface OpenCluster {
  readonly cluster: AskedCluster & Pick<KafkaCluster, 'close'>;
  readonly openedAt: number;
  users: number;
  usedAt: number;
  /** Nobody new gets it; whoever leaves last closes it. */
  isRetired: boolean;
}

const ANSWER_MILLIS = 20_000;
const IDLE_MILLIS = 600_000;
/** Then it is opened anew, however busy: it remembers each topic it was asked for, and Secrets may have gone. */
const LONGEST_MILLIS = 3_600_000;
/** For a leader that moves. What lasts longer is told, and asked again at the next poll. */
const TRYING_MILLIS = 5000;

export class KafkaClusters {
  private readonly options: ClustersOptions;
  private readonly clusters = new Map<string, OpenCluster>();

  constructor(options: ClustersOptions) {
    this.options = options;
  }

  /**
   * Does `work` with the cluster of `target`. Throws LogUnavailable when the time is over, whatever `work` waits for; the
   * signal tells it.
   */
  async use<T>(target: KafkaTarget, work: (cluster: AskedCluster, signal: AbortSignal) => Promise<T>): Promise<T> {
    const key = clusterKey(target);
    this.closeUnused();
    const opened = this.clusters.get(key) ?? this.open(key, target);
    opened.users++;
    const deadline = new Deadline(this.options.answerMillis ?? ANSWER_MILLIS, target.kafka);
    try {
      return await Promise.race([work(opened.cluster, deadline.signal), deadline.over]);
    } finally {
      opened.users--;
      opened.usedAt = this.options.now();
      // A connection that swallows requests would swallow the next ones too.
      if (deadline.signal.aborted) this.retire(key, opened);
      deadline.clear();
      if (opened.isRetired && opened.users === 0) close(opened);
    }
  }

  close(): void {
    for (const [key, opened] of this.clusters) {
      this.retire(key, opened);
      close(opened);
    }
  }

  private open(key: string, target: KafkaTarget): OpenCluster {
    const { readCredentials, now, open = openForOperator } = this.options;
    const read: ReadCredentials = showsCredentials(target.kafka) ? () => readCredentials(target) : async () => ({});
    const [cluster, at] = [open(target.kafka, read), now()];
    const opened = { cluster, openedAt: at, users: 0, usedAt: at, isRetired: false };
    this.clusters.set(key, opened);
    return opened;
  }

  private closeUnused(): void {
    const now = this.options.now();
    const idle = this.options.idleMillis ?? IDLE_MILLIS;
    for (const [key, opened] of this.clusters) {
      const isUnused = opened.users === 0 && now - opened.usedAt >= idle;
      if (!isUnused && now - opened.openedAt < LONGEST_MILLIS) continue;
      this.retire(key, opened);
      if (opened.users === 0) close(opened);
    }
  }

  private retire(key: string, opened: OpenCluster): void {
    opened.isRetired = true;
    if (this.clusters.get(key) === opened) this.clusters.delete(key);
  }
}

/** Equal for targets that may share connections. */
export function clusterKey({ namespace, kafka }: KafkaTarget): string {
  const { brokers, tls, sasl } = kafka;
  const owner = showsCredentials(kafka) ? namespace : null;
  return JSON.stringify([[...new Set(brokers)].sort(), tls ?? null, sasl ?? null, owner]);
}

function showsCredentials({ tls, sasl }: Kafka): boolean {
  return Boolean(sasl ?? tls?.caSecretRef ?? tls?.clientSecretRef);
}

class Deadline {
  readonly over: Promise<never>;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(millis: number, { brokers }: Kafka) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.over = promise;
    this.timer = setTimeout(() => {
      const seconds = millis / 1000;
      const late = new StreamJobError(
        'LogUnavailable',
        `Kafka at ${brokers.join(', ')} gave no answer in ${seconds} s`,
      );
      reject(late);
      this.controller.abort(late);
    }, millis);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

function openForOperator(kafka: Kafka, read: ReadCredentials): KafkaCluster {
  return openKafka(kafka, read, { clientId: 'streamjob-operator', tryingMillis: TRYING_MILLIS });
}

/** Waits for nobody: a broker that does not answer does not part either. */
function close({ cluster }: OpenCluster): void {
  cluster.close().catch(() => undefined);
}
