/** What a consumer pod tells of itself: the consumer's observer as log lines, metrics and the report behind its pages. */
import type { Trouble } from '../errors.ts';
import type { CommitReport, ConsumerObserver, RoundState } from '../consumer/observer.ts';
import type { RunningTask } from '../consumer/running-task.ts';
import type { RejectReason } from '../engine/task-output.ts';
import type { Events } from '../telemetry/events.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ProcessPhase, ProcessReport, TaskPhase, TaskReport } from '../telemetry/process-report.ts';
import { WorkTotals } from './work-totals.ts';

export interface ReporterOptions {
  readonly events: Events;
  readonly metrics: () => Metrics;
  /** What is told of secrets in texts. */
  readonly mask: (text: string) => string;
  /** Why the group cannot be reached, asked when a report is made. */
  readonly groupTrouble: () => Trouble | undefined;
  /** Why requests are tried in vain, asked likewise. */
  readonly requestTrouble: () => Trouble | undefined;
  /** Reasons whose records go to the dead letters. */
  readonly isDeadLettered: (reason: RejectReason) => boolean;
  readonly now: () => number;
}

export class ConsumerReporter implements ConsumerObserver {
  private readonly options: ReporterOptions;
  private phase: ProcessPhase = 'starting';
  private logTrouble: Trouble | undefined;
  private lastError: Trouble | undefined;
  private cameRoundAt: number;
  private state: RoundState | undefined;
  private readonly totals = new WorkTotals();
  private restoring = { left: 0, bytes: 0, tasks: 0, begin: 0 };

  constructor(options: ReporterOptions) {
    this.options = options;
    this.cameRoundAt = options.now();
  }

  /** As it is at this moment, for health, /status and the gauges. */
  report(): ProcessReport {
    return {
      phase: this.phase,
      trouble: this.present(),
      cameRoundAt: this.cameRoundAt,
      lastError: this.lastError,
      tasks: this.state?.tasks.map((task) => this.taskReport(task, this.state!)) ?? [],
    };
  }

  joining(): void {
    this.phase = 'joining';
  }

  stopping(): void {
    this.phase = 'stopping';
  }

  assigned(tasks: readonly RunningTask[], isReady: (task: RunningTask) => boolean, generation: number): void {
    const { events, metrics, now } = this.options;
    metrics().rebalanced();
    events.assigned({ generation, tasks: tasks.length });
    const left = tasks.filter((task) => !isReady(task)).length;
    this.restoring = { left, bytes: 0, tasks: left, begin: now() };
    this.phase = left > 0 ? 'restoring' : 'running';
  }

  restored(_task: RunningTask, bytes: number): void {
    const { events, metrics, now } = this.options;
    metrics().restored(bytes);
    this.cameRoundAt = now();
    this.restoring.left--;
    this.restoring.bytes += bytes;
    if (this.restoring.left > 0) return;
    this.phase = 'running';
    const { tasks, begin } = this.restoring;
    events.restored({ tasks, bytes: this.restoring.bytes, durationMillis: now() - begin });
  }

  committed({ work, millis }: CommitReport): void {
    const metrics = this.options.metrics();
    metrics.committed('committed', millis);
    for (const done of work) {
      const { counts, rejected } = this.totals.increments(done);
      metrics.worked(counts);
      metrics.rejected(rejected);
      const kept = Object.entries(rejected).filter(([reason]) => this.options.isDeadLettered(reason as RejectReason));
      metrics.deadLettered(Object.fromEntries(kept));
    }
  }

  failed(error: Trouble): void {
    this.lastError = this.masked(error);
    this.options.metrics().committed('failed', 0);
    this.options.events.commitFailed(error.message);
  }

  delivered(millis: number): void {
    this.options.metrics().sinkWritten(millis);
  }

  trouble(trouble: Trouble | undefined): void {
    this.logTrouble = trouble;
    if (trouble) this.lastError = this.masked(trouble);
    this.cameRoundAt = this.options.now();
  }

  lost(loss: Trouble): void {
    this.lastError = this.masked(loss);
    this.options.events.dataLost(loss.message);
  }

  differs(line: string): void {
    this.options.events.differs(line);
  }

  done(): void {
    this.phase = 'done';
    this.options.events.done();
  }

  round(state: RoundState): void {
    this.state = state;
    this.cameRoundAt = this.options.now();
  }

  unassigned(): void {
    this.state = undefined;
    if (this.phase !== 'stopping') this.phase = 'joining';
  }

  /** What to say of it in the log: the cause rather than that heartbeats fail too. */
  cause(): string | undefined {
    const { requestTrouble, groupTrouble } = this.options;
    return (this.logTrouble ?? requestTrouble() ?? groupTrouble())?.message;
  }

  private present(): Trouble | undefined {
    const { requestTrouble, groupTrouble } = this.options;
    const trouble = groupTrouble() ?? this.logTrouble ?? requestTrouble();
    return trouble && this.masked(trouble);
  }

  private masked({ code, message }: Trouble): Trouble {
    return { code, message: this.options.mask(message) };
  }

  private taskReport(running: RunningTask, state: RoundState): TaskReport {
    const { stage, partition, task } = running;
    return {
      stage: stage.index,
      topic: stage.input,
      partition,
      phase: phaseOf(running, state),
      position: task.position,
      bound: state.boundOf(running),
      watermark: task.watermark,
      stateBytes: task.liveBytes(),
    };
  }
}

function phaseOf(running: RunningTask, { isReady, isHeldUp }: RoundState): TaskPhase {
  if (!isReady(running)) return 'restoring';
  if (running.isDone) return 'done';
  return isHeldUp(running) ? 'waitingForSink' : 'running';
}
