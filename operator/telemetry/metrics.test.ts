import { describe, expect, it } from '@jest/globals';
import type { JobSample } from './job-gauges.ts';
import { createMetrics } from './metrics.ts';
import type { OperatorMetrics } from './metrics.ts';
import type { OperatorReport } from './health.ts';
import { operatorReport } from './report.test-kit.ts';

const metricsOf = (report: () => OperatorReport = operatorReport): OperatorMetrics =>
  createMetrics({ version: '0.1.0', report });

async function series(metrics: OperatorMetrics, prefix: string): Promise<string[]> {
  const { text } = await metrics.page();
  return text.split('\n').filter((line) => line.startsWith(prefix));
}

const sample = (change: Partial<JobSample> = {}): JobSample => ({
  namespace: 'taxi',
  name: 'rides',
  phase: 'Running',
  isReady: true,
  lag: 17,
  watermark: 1_700_000_000_500,
  deadLetters: 3,
  ...change,
});

describe('createMetrics', () => {
  it.each<{ title: string; report: (metrics: OperatorMetrics) => void; prefix: string; want: string[] }>([
    {
      title: 'passes that failed',
      report: (metrics) => ['Conflict', 'Conflict', 'Unexpected'].forEach((reason) => metrics.reconcileFailed(reason)),
      prefix: 'streamjob_operator_reconcile_errors_total',
      want: ['{reason="Conflict"} 2', '{reason="Unexpected"} 1'],
    },
    {
      title: 'requests',
      report: (metrics) => [metrics.requested('get', 200), metrics.requested('patch', 'timeout')],
      prefix: 'streamjob_operator_api_requests_total',
      want: ['{verb="get",code="200"} 1', '{verb="patch",code="timeout"} 1'],
    },
    {
      title: 'writes',
      report: (metrics) => metrics.wrote('Deployment', 'apply'),
      prefix: 'streamjob_operator_writes_total',
      want: ['{kind="Deployment",verb="apply"} 1'],
    },
    {
      title: 'watches that began anew',
      report: (metrics) => metrics.watchRestarted('Pod', 'expired'),
      prefix: 'streamjob_operator_watch_restarts_total',
      want: ['{kind="Pod",reason="expired"} 1'],
    },
    {
      title: 'questions to Kafka',
      report: (metrics) => [metrics.kafkaPolled('answered'), metrics.kafkaPolled('failed')],
      prefix: 'streamjob_operator_kafka_polls_total',
      want: ['{result="answered"} 1', '{result="failed"} 1'],
    },
  ])('counts $title', async ({ report, prefix, want }) => {
    const metrics = metricsOf();
    report(metrics);
    expect(await series(metrics, prefix)).toEqual(want.map((line) => prefix + line));
  });

  it('measures passes in seconds', async () => {
    const metrics = metricsOf();
    metrics.reconciled('succeeded', 20);
    metrics.reconciled('failed', 1500);
    const lines = await series(metrics, 'streamjob_operator_reconcile_duration_seconds');
    expect(lines).toContain('streamjob_operator_reconcile_duration_seconds_sum{result="succeeded"} 0.02');
    expect(lines).toContain('streamjob_operator_reconcile_duration_seconds_count{result="failed"} 1');
  });

  it('shows the process as it is at the scrape', async () => {
    let report = operatorReport({
      queue: { depth: 4, oldestWaitingMillis: 1500, running: 2, longestRunMillis: 250 },
    });
    const metrics = metricsOf(() => report);
    const { text } = await metrics.page();
    for (const line of ['is_leader 1', 'queue_depth 4', 'queue_oldest_seconds 1.5', 'passes_running 2'])
      expect(text).toContain(`\nstreamjob_operator_${line}\n`);
    expect(text).toContain('\nstreamjob_operator_longest_pass_seconds 0.25\n');
    expect(text).toContain('\nstreamjob_operator_info{version="0.1.0"} 1\n');
    report = operatorReport({ isLeader: false });
    expect(await series(metrics, 'streamjob_operator_is_leader')).toEqual(['streamjob_operator_is_leader 0']);
  });

  it('shows each job as its last pass saw it, and none that is gone', async () => {
    const metrics = metricsOf();
    metrics.sampled(sample({ lag: 99 }));
    metrics.sampled(sample());
    metrics.sampled(sample({ name: 'other', isReady: false }));
    metrics.forgot({ namespace: 'taxi', name: 'other' });
    expect(await series(metrics, 'streamjob_job_')).toEqual([
      'streamjob_job_ready{namespace="taxi",name="rides"} 1',
      'streamjob_job_lag{namespace="taxi",name="rides"} 17',
      'streamjob_job_watermark_timestamp_seconds{namespace="taxi",name="rides"} 1700000000.5',
      'streamjob_job_dead_letters{namespace="taxi",name="rides"} 3',
    ]);
    metrics.forgot({ namespace: 'taxi', name: 'rides' });
    expect(await series(metrics, 'streamjob_job_')).toEqual([]);
  });

  it('has no series for what is not known of a job', async () => {
    const metrics = metricsOf();
    metrics.sampled(sample({ isReady: undefined, lag: undefined, watermark: undefined, deadLetters: undefined }));
    metrics.sampled(sample({ name: 'done', isReady: false, lag: 0, watermark: Infinity, deadLetters: 0 }));
    metrics.sampled(
      sample({ name: 'new', isReady: undefined, lag: undefined, watermark: -Infinity, deadLetters: undefined }),
    );
    expect(await series(metrics, 'streamjob_job_')).toEqual([
      'streamjob_job_ready{namespace="taxi",name="done"} 0',
      'streamjob_job_lag{namespace="taxi",name="done"} 0',
      'streamjob_job_dead_letters{namespace="taxi",name="done"} 0',
    ]);
  });

  it('counts jobs by phase, those with none too', async () => {
    const metrics = metricsOf();
    metrics.sampled(sample({ phase: 'Pending' }));
    metrics.sampled(sample());
    metrics.sampled(sample({ name: 'broken', phase: 'Failed' }));
    metrics.sampled(sample({ name: 'other' }));
    const phases = async (): Promise<string[]> => series(metrics, 'streamjob_operator_jobs');
    expect(await phases()).toEqual([
      'streamjob_operator_jobs{phase="Pending"} 0',
      'streamjob_operator_jobs{phase="Starting"} 0',
      'streamjob_operator_jobs{phase="Running"} 2',
      'streamjob_operator_jobs{phase="Suspended"} 0',
      'streamjob_operator_jobs{phase="Completed"} 0',
      'streamjob_operator_jobs{phase="Failed"} 1',
      'streamjob_operator_jobs{phase="Deleting"} 0',
    ]);
    metrics.forgot({ namespace: 'taxi', name: 'broken' });
    expect(await phases()).toEqual(expect.arrayContaining(['streamjob_operator_jobs{phase="Failed"} 0']));
  });

  it('tells of no job where it does not lead', async () => {
    const metrics = metricsOf(() => operatorReport({ isLeader: false }));
    metrics.sampled(sample());
    expect(await series(metrics, 'streamjob_job_')).toEqual([]);
    expect(await series(metrics, 'streamjob_operator_jobs{phase="Running"}')).toEqual([
      'streamjob_operator_jobs{phase="Running"} 0',
    ]);
  });

  it('keeps to the conventions of Prometheus, and holds the process’s own metrics', async () => {
    const { text } = await metricsOf().page();
    expect(text).toContain('process_cpu_seconds_total');
    const counters = [...text.matchAll(/^# TYPE (streamjob_\S+) counter$/gm)].map(([, name]) => name!);
    expect(counters).toHaveLength(5);
    expect(counters.filter((name) => !/^streamjob_operator_.*_total$/.test(name))).toEqual([]);
  });
});
