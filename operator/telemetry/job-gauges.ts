/**
 * What alerts on jobs are made of: a few gauges for each job, as its last pass saw it. They are computed at the scrape,
 * so that a job that is gone leaves none behind, and only the leader has them: what a former leader last saw is old.
 */
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { PHASES } from '../../crds/status.ts';
import type { Phase } from '../../crds/status.ts';

/** What a pass found; an undefined number is not known, and has no series. */
export interface JobSample {
  readonly namespace: string;
  readonly name: string;
  readonly phase: Phase;
  /** Undefined: nobody expects it to be, as of a job that is suspended or completed. */
  readonly isReady: boolean | undefined;
  /** Records. */
  readonly lag: number | undefined;
  /** Milliseconds since the epoch; where it is not finite there is no series. */
  readonly watermark: number | undefined;
  /** Records, of this run. */
  readonly deadLetters: number | undefined;
}

type JobName = Pick<JobSample, 'namespace' | 'name'>;

/** No name of Kubernetes holds a slash. */
const keyOf = ({ namespace, name }: JobName): string => `${namespace}/${name}`;

export class JobGauges {
  private readonly samples = new Map<string, JobSample>();

  constructor(registry: Registry, isLeader: () => boolean) {
    const samples = (): Iterable<JobSample> => (isLeader() ? this.samples.values() : []);
    addPhases(registry, samples);
    const perJob = (name: string, help: string, valueOf: (sample: JobSample) => number | undefined): void =>
      addJobGauge({ name: `streamjob_job_${name}`, help, valueOf }, registry, samples);
    perJob('ready', '1 while the job is ready, 0 while it should be and is not.', ({ isReady }) =>
      isReady === undefined ? undefined : Number(isReady),
    );
    perJob('lag', 'Records in the topic that the job has not committed yet.', ({ lag }) => lag);
    perJob(
      'watermark_timestamp_seconds',
      'Event time up to which results are complete, in seconds since the epoch.',
      ({ watermark }) => (Number.isFinite(watermark) ? watermark! / 1000 : undefined),
    );
    perJob('dead_letters', 'Records that went to the dead-letter topic in this run.', ({ deadLetters }) => deadLetters);
  }

  set(sample: JobSample): void {
    this.samples.set(keyOf(sample), sample);
  }

  remove(job: JobName): void {
    this.samples.delete(keyOf(job));
  }
}

/** Each phase, also one that no job is in, so that an alert on it has something to compare. */
function addPhases(registry: Registry, samples: () => Iterable<JobSample>): void {
  new Gauge({
    name: 'streamjob_operator_jobs',
    help: 'Jobs by phase.',
    labelNames: ['phase'],
    registers: [registry],
    collect() {
      for (const phase of PHASES) this.set({ phase }, 0);
      for (const { phase } of samples()) this.inc({ phase });
    },
  });
}

interface JobGauge {
  readonly name: string;
  readonly help: string;
  readonly valueOf: (sample: JobSample) => number | undefined;
}

function addJobGauge(gauge: JobGauge, registry: Registry, samples: () => Iterable<JobSample>): void {
  const { name, help, valueOf } = gauge;
  new Gauge({
    name,
    help,
    labelNames: ['namespace', 'name'],
    registers: [registry],
    collect() {
      this.reset();
      for (const sample of samples()) {
        const value = valueOf(sample);
        if (value !== undefined) this.set({ namespace: sample.namespace, name: sample.name }, value);
      }
    },
  });
}
