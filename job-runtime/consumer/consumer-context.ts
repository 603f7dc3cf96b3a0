/** What a consumer is made of: handed in by the composition roots, and by tests. */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import type { Log, LogWriter } from '../log/log.ts';
import type { Delivery } from '../sinks/registry.ts';
import type { ChangelogOptions } from '../state/changelog.ts';
import type { JobLayout } from './job-layout.ts';
import type { ConsumerObserver } from './observer.ts';
import type { RunSetup } from './run-setup.ts';

export interface ConsumerContext {
  readonly job: StreamJob;
  readonly plan: JobPlan;
  readonly layout: JobLayout;
  readonly log: Log;
  /** This process's own. */
  readonly writer: LogWriter;
  readonly delivery: Delivery;
  readonly observer: ConsumerObserver;
  readonly commitIntervalMillis: number;
  readonly sessionTimeoutMillis: number;
  readonly rebalanceTimeoutMillis: number;
  /** State of all tasks together, bytes; beyond it the job stops with StateTooLarge. */
  readonly stateLimitBytes: number;
  /** Absent: as changelog.ts says. */
  readonly changelog?: ChangelogOptions;
  /** `run` returns when a bounded run is over; else the process stays idle. */
  readonly endWhenDone: boolean;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly setup: RunSetup;
}
