import { describe, expect, it } from '@jest/globals';
import { zeroCounts } from '../engine/task-output.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import type { ProcessReport } from './process-report.ts';
import { processReport, taskReport } from './reports.test-kit.ts';

const identity = { namespace: 'taxi', name: 'rides', uid: 'u', run: 'k3x9' };
const CONSTANT = 'job_namespace="taxi",job_name="rides",job_run="k3x9"';

const metricsOf = (report: () => ProcessReport = processReport, now = 0): Metrics =>
  createMetrics({ identity, report, now: () => now });

/** Series of our own, without the constant labels. */
async function series(metrics: Metrics, prefix = 'streamjob_'): Promise<string[]> {
  const { text } = await metrics.page();
  const lines = text.split('\n').filter((line) => line.startsWith(prefix));
  for (const line of lines) expect(line).toContain(CONSTANT);
  return lines.map((line) => line.replace(`,${CONSTANT}`, '').replace(`{${CONSTANT}}`, ''));
}

describe('createMetrics', () => {
  it('counts what tasks did', async () => {
    const metrics = metricsOf();
    metrics.worked({ records: 9, filtered: 1, duplicates: 2, late: 3, bad: 4, keyMismatches: 5, rows: 6 });
    metrics.worked({ ...zeroCounts(), records: 1 });
    expect(await series(metrics, 'streamjob_r')).toEqual(
      expect.arrayContaining([
        'streamjob_records_read_total 10',
        'streamjob_records_filtered_total 1',
        'streamjob_records_duplicate_total 2',
        'streamjob_records_late_total 3',
        'streamjob_rows_written_total 6',
      ]),
    );
    expect(await series(metrics, 'streamjob_key')).toEqual(['streamjob_key_mismatches_total 5']);
  });

  it('counts bad records by reason, and late ones only as late', async () => {
    const metrics = metricsOf();
    metrics.rejected({ Malformed: 2, BadValue: 1, Late: 7 });
    metrics.deadLettered({ Malformed: 2, Late: 7 });
    expect(await series(metrics, 'streamjob_records_bad')).toEqual([
      'streamjob_records_bad_total{reason="Malformed"} 2',
      'streamjob_records_bad_total{reason="BadValue"} 1',
    ]);
    expect(await series(metrics, 'streamjob_dead')).toEqual([
      'streamjob_dead_letters_total{reason="Malformed"} 2',
      'streamjob_dead_letters_total{reason="Late"} 7',
    ]);
  });

  it('measures commits and sinks in seconds', async () => {
    const metrics = metricsOf();
    metrics.committed('committed', 30);
    metrics.committed('failed', 1500);
    metrics.sinkWritten(250);
    const lines = await series(metrics);
    expect(lines).toEqual(
      expect.arrayContaining([
        'streamjob_commits_total{outcome="committed"} 1',
        'streamjob_commits_total{outcome="failed"} 1',
        'streamjob_commit_duration_seconds_sum 1.53',
        'streamjob_sink_write_duration_seconds_sum 0.25',
      ]),
    );
    expect(lines.find((line) => /commit_duration_seconds_bucket.*le="0\.05"/.test(line))).toMatch(/ 1$/);
  });

  it('counts rebalances, restored bytes and what a producer wrote', async () => {
    const metrics = metricsOf();
    metrics.rebalanced();
    metrics.restored(1000);
    metrics.restored(24);
    metrics.produced(5);
    expect(await series(metrics)).toEqual(
      expect.arrayContaining([
        'streamjob_rebalances_total 1',
        'streamjob_restored_bytes_total 1024',
        'streamjob_records_produced_total 5',
      ]),
    );
  });

  it('shows each task as it is at the scrape, and none that was given away', async () => {
    let tasks = [
      taskReport({ partition: 0, position: 10, bound: { end: 25, at: 0 }, watermark: 90_000, stateBytes: 512 }),
      taskReport({ partition: 1, bound: undefined, watermark: -Infinity }),
      taskReport({ partition: 2, watermark: Infinity, phase: 'done' }),
    ];
    const metrics = metricsOf(() => processReport({ tasks }), 100_500);
    expect(await series(metrics, 'streamjob_watermark')).toEqual([
      'streamjob_watermark_seconds{stage="0",partition="0"} 90',
      'streamjob_watermark_seconds{stage="0",partition="2"} +Inf',
      'streamjob_watermark_lag_seconds{stage="0"} 10.5',
    ]);
    expect(await series(metrics, 'streamjob_lag')).toEqual([
      'streamjob_lag_records{stage="0",partition="0"} 15',
      'streamjob_lag_records{stage="0",partition="2"} 0',
    ]);
    expect(await series(metrics, 'streamjob_state')).toContain('streamjob_state_bytes{stage="0",partition="0"} 512');
    tasks = [];
    expect(await series(metrics, 'streamjob_watermark')).toEqual([]);
    expect(await series(metrics, 'streamjob_lag')).toEqual([]);
  });

  it('takes the slowest task of each stage for its lag', async () => {
    const tasks = [
      taskReport({ watermark: 90_000 }),
      taskReport({ partition: 4, watermark: 70_000 }),
      taskReport({ stage: 1, watermark: 60_000 }),
    ];
    const metrics = metricsOf(() => processReport({ tasks }), 100_000);
    expect(await series(metrics, 'streamjob_watermark_lag')).toEqual([
      'streamjob_watermark_lag_seconds{stage="0"} 30',
      'streamjob_watermark_lag_seconds{stage="1"} 40',
    ]);
  });

  it('shows trouble and restores', async () => {
    let report = processReport({
      trouble: { code: 'LogUnavailable', message: 'connection refused' },
      tasks: [taskReport({ phase: 'restoring' })],
    });
    const metrics = metricsOf(() => report);
    expect(await series(metrics)).toEqual(
      expect.arrayContaining(['streamjob_log_trouble 1', 'streamjob_tasks_restoring 1']),
    );
    report = processReport();
    expect(await series(metrics)).toEqual(
      expect.arrayContaining(['streamjob_log_trouble 0', 'streamjob_tasks_restoring 0']),
    );
  });

  it('keeps to the conventions of Prometheus, and holds the process’s own metrics', async () => {
    const { text, contentType } = await metricsOf().page();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    const counters = [...text.matchAll(/^# TYPE (streamjob_\S+) counter$/gm)].map(([, name]) => name!);
    expect(counters.length).toBeGreaterThan(10);
    expect(counters.filter((name) => !name.endsWith('_total'))).toEqual([]);
  });

  it('makes registries that share nothing', async () => {
    const one = metricsOf();
    one.rebalanced();
    expect(await series(metricsOf(), 'streamjob_rebalances')).toEqual(['streamjob_rebalances_total 0']);
  });
});
