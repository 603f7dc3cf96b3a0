/**
 * What a pass of the operator knows of one job: read by the edges, judged by reconcile(). Plain values; every instant is
 * in milliseconds since the epoch by the operator's clock unless it says otherwise.
 */
import type { Problem } from '../../crds/problem.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobResource, KubeObject } from '../resources/kube-object.ts';
import type { OperatorOptions } from '../resources/operator-options.ts';

/** A spec that can run, and what the planner says of it. */
export interface SoundSpec {
  readonly job: StreamJob;
  readonly stages: number;
  /** `keyed`: partitions cannot be added to the source while the run lives. */
  readonly growth: 'free' | 'keyed';
  /** Of what of the spec the run's state is made, a part in a line. */
  readonly fingerprint: string;
}

export type SpecVerdict =
  | { readonly sound: SoundSpec; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly sound?: never };

/** A Secret or ConfigMap that the job names; never its content. */
export interface InputFacts {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** Undefined: there is none of this name in the job's namespace. */
  readonly found?: { readonly uid: string; readonly resourceVersion: string; readonly keys: readonly string[] };
  /** Why it could not be read, in one line. */
  readonly trouble?: string;
}

/** A failure of the cluster's log, by the code of the runtime's errors. */
export interface KafkaTrouble {
  readonly code: string;
  readonly message: string;
}

/** What the run has recorded about itself in Kafka, before its first record was read. */
export interface RunFacts {
  readonly uid: string;
  readonly partitions: number;
  readonly shufflePartitions: number;
  readonly fingerprint: string;
}

export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read, as committed; undefined: nothing is committed yet. */
  readonly committed: number | undefined;
  readonly end: number;
  readonly lag: number;
  /** −∞ before the first record, +∞ at the end of a bounded run. */
  readonly watermark: number;
}

/** The group's committed positions against the ends of what it reads. */
export interface ProgressFacts {
  readonly at: number;
  /** Of every stage, those of the source first. */
  readonly partitions: readonly PartitionProgress[];
  readonly deadLetters: number;
  /** Every task of every stage has come to the end of a bounded run. */
  readonly isDone: boolean;
}

export interface KafkaFacts {
  /** When Kafka last answered for this job; undefined: it has not been asked, or never answered. */
  readonly at?: number;
  /** Why it does not answer at present. */
  readonly trouble?: KafkaTrouble;
  /** Partitions of the job's topic; undefined: it does not exist yet, or nobody knows. */
  readonly partitions?: number;
  readonly run?: RunFacts;
  readonly progress?: ProgressFacts;
  /** The progress before that, to tell rates. */
  readonly earlier?: ProgressFacts;
}

/** One of the job's pods. */
export interface PodFacts {
  readonly name: string;
  readonly role: 'consumer' | 'producer';
  /** Revision that its template was made of. */
  readonly revision: string;
  /** Run that it works in; empty: not known. */
  readonly run: string;
  readonly isReady: boolean;
  readonly isDeleting: boolean;
  readonly restarts: number;
  readonly createdAt: number;
  /** Why it does not run, such as ImagePullBackOff, OOMKilled, CrashLoopBackOff, Unschedulable. */
  readonly failure?: { readonly reason: string; readonly message: string; readonly code?: string };
  /** What its /status says keeps it from working. */
  readonly trouble?: KafkaTrouble;
}

/** Another StreamJob that names the same topic of the same Kafka. */
export interface PeerFacts {
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
  readonly hasProducer: boolean;
}

export interface Observed {
  readonly now: number;
  readonly options: OperatorOptions;
  readonly job: JobResource;
  readonly verdict: SpecVerdict;
  /** What runs at present: the revision that the consumer Deployment was made of. */
  readonly running?: { readonly revision: string; readonly run: string; readonly sound: SoundSpec };
  /** All objects that carry the job's labels. */
  readonly owned: readonly KubeObject[];
  readonly inputs: readonly InputFacts[];
  readonly pods: readonly PodFacts[];
  readonly peers: readonly PeerFacts[];
  /** The run that `kafka` is about. */
  readonly kafkaRun: string;
  readonly kafka: KafkaFacts;
  /** What the scaler remembers of this job. */
  readonly scaling: ScalingMemory;
  /** Why the last apply of this job failed. */
  readonly applyTrouble?: ApplyTrouble;
}

export interface ApplyTrouble {
  /** NameConflict: an object of somebody else stands where one of the job's should be. */
  readonly reason: 'ApplyFailed' | 'NameConflict';
  /** One line, with the object that it is about. */
  readonly message: string;
}

/** Recommendations of the last minutes; lost with the process, which then holds what runs. */
export interface ScalingMemory {
  readonly recommended: readonly { readonly at: number; readonly replicas: number }[];
}
