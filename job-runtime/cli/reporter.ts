/**
 * What a run tells on stderr: a progress line and a table for people at a terminal, two lines of JSON for programs.
 * Failures are told elsewhere (failure.ts), in the same words to both.
 */
import type { StreamJob } from '../../crds/stream-job.ts';
import type { RunProgress, RunSummary } from '../local/summary.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Logger } from '../telemetry/logger.ts';
import { paintFor } from './paint.ts';
import { ProgressLine } from './progress-line.ts';
import { lateOf, summaryLines, warningsOf } from './summary-text.ts';
import type { World } from './world.ts';

export interface Reporter {
  /** The run begins; `progress` may be asked at any time until `end`. */
  start(progress: () => RunProgress): void;
  /** Somebody asked for a stop. `isResumable`: the run can go on later. */
  stopping(isResumable: boolean): void;
  /** Something to know at once; one line. */
  say(line: string): void;
  /** The run is over, well or not; before any other text. */
  end(): void;
  summary(summary: RunSummary, seconds: number): void;
}

/** `isResumable`: nothing is closed, since the run can go on. */
const stoppingText = (isResumable: boolean): string =>
  isResumable
    ? 'stopping: what was read is being committed; once more to end at once'
    : 'stopping: the open windows are being closed; once more to end at once';

export class TextReporter implements Reporter {
  private readonly world: World;
  private readonly job: StreamJob;
  private line: ProgressLine | undefined;

  constructor(world: World, job: StreamJob) {
    this.world = world;
    this.job = job;
  }

  start(progress: () => RunProgress): void {
    const { stdout, stderr, elapsed } = this.world;
    // Results that scroll by on the same terminal are progress enough, and would break up the line.
    const isCrowded = this.job.spec.sink.console !== undefined && stdout.isTerminal;
    if (stderr.isTerminal && !isCrowded) this.line = new ProgressLine({ screen: stderr, elapsed, progress });
  }

  stopping(isResumable: boolean): void {
    this.say(stoppingText(isResumable));
  }

  say(line: string): void {
    this.line?.erase();
    this.print([line]);
  }

  end(): void {
    this.line?.end();
  }

  summary(summary: RunSummary, seconds: number): void {
    const paint = paintFor(this.world.stderr.colours);
    const warnings = warningsOf(this.job, summary).map((warning) => `${paint('yellow', 'warning:')} ${warning}`);
    this.print([...summaryLines(this.job, summary, seconds, paint), ...warnings]);
  }

  private print(lines: readonly string[]): void {
    this.world.stderr.stream.write(lines.map((line) => `${line}\n`).join(''));
  }
}

export class LogReporter implements Reporter {
  private readonly job: StreamJob;
  private readonly log: Logger;

  constructor(world: World, job: StreamJob) {
    this.job = job;
    this.log = createLogger(world.stderr.stream, { job: job.metadata.name });
  }

  start(): void {
    const { topic, sink } = this.job.spec;
    this.log.info({ topic: topic.name, partitions: topic.partitions, sink: Object.keys(sink)[0] }, 'started');
  }

  stopping(isResumable: boolean): void {
    this.say(stoppingText(isResumable));
  }

  say(line: string): void {
    this.log.info(line);
  }

  end(): void {}

  summary(summary: RunSummary, seconds: number): void {
    for (const warning of warningsOf(this.job, summary)) this.log.warn(warning);
    const { records, filtered, duplicates, rows, rejected, keyMismatches, stopped, outputs, run, deadLetters } =
      summary;
    const { Late: _late, ...bad } = Object.fromEntries(rejected);
    const figures = { records, filtered, duplicates, late: lateOf(summary), bad, rows, keyMismatches };
    const speed = { seconds: rounded(seconds), recordsPerSecond: Math.round(records / seconds) };
    this.log.info({ ...figures, ...speed, outputs, deadLetters, run }, stopped ? 'stopped' : 'done');
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
