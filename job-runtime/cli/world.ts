/** What a command sees of the process: handed in by main.ts, and by tests. */
import type { Readable, Writable } from 'node:stream';
import type { JobIdentity } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import type { Kafka } from '../../crds/topic.ts';
import type { LocalRunOptions } from '../local/options.ts';
import type { ReadCredentials } from '../log/kafka-credentials.ts';
import type { Log } from '../log/log.ts';
import type { RunProgress, RunSummary } from '../local/summary.ts';

/** Where text goes, and what it is. */
export interface Screen {
  readonly stream: Writable;
  readonly isTerminal: boolean;
  /** Whether colours are wanted: on a terminal, and not with NO_COLOR. */
  readonly colours: boolean;
  /** Characters of a line, as they are now. */
  readonly width: () => number;
}

/** A run of a job in this process. */
export interface Run {
  /** Resolves at the end of the input, or when `signal` asked it to stop and it has closed its windows. */
  run(signal: AbortSignal): Promise<RunSummary>;
  progress(): RunProgress;
}

export interface ClusterRunOptions extends LocalRunOptions {
  readonly kafka: Kafka;
  readonly read: ReadCredentials;
  readonly identity: JobIdentity;
  /** What people should know at once, such as that Kafka is away; one line. */
  readonly say: (line: string) => void;
}

export interface World {
  readonly stdin: Readable;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly version: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds from anywhere that never go back, for durations. */
  readonly elapsed: () => number;
  /** Aborted when the program is asked to stop; from the first call on, Ctrl-C no longer ends it by itself. */
  readonly stopSignal: () => AbortSignal;
  /** Whether the reader of stdout went away, as `| head` does: then there is nothing more to say. */
  readonly isReaderGone: () => boolean;
  readonly createRun: (job: StreamJob, plan: JobPlan, options: LocalRunOptions) => Run;
  /** The same on a cluster, as a run of this identity. */
  readonly createKafkaRun: (job: StreamJob, plan: JobPlan, options: ClusterRunOptions) => Promise<Run>;
  /** The log of a cluster; connects when it is first asked for something. */
  readonly openLog: (kafka: Kafka, read: ReadCredentials) => Promise<Log>;
}

/** Ends of the program, as design.md names them. */
export const EXIT = { done: 0, failed: 1, wrongInput: 2, killed: 130 } as const;
