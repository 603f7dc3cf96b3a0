/** Counts what a run on a cluster does in this process, for its progress line and its summary. */
import type { Trouble } from '../errors.ts';
import type { CommitReport, ConsumerObserver, RoundState } from '../consumer/observer.ts';
import type { RejectReason, TaskCounts } from '../engine/task-output.ts';
import { zeroCounts } from '../engine/task-output.ts';
import type { RunProgress, RunSummary } from '../local/summary.ts';
import type { ProducerObserver } from '../producer/producer.ts';
import { WorkTotals } from './work-totals.ts';

export interface RunEnd {
  readonly stopped: boolean;
  readonly run: string;
  /** Topics that rows went to. */
  readonly outputs: readonly string[];
  readonly deadLetterTopic: string;
}

export class RunTally implements ConsumerObserver {
  readonly ofProducer: ProducerObserver;
  private readonly say: (line: string) => void;
  private readonly isDeadLettered: (reason: RejectReason) => boolean;
  private readonly counts = zeroCounts();
  /** Of the first stage alone: a record of a shuffled job is read again by the second. */
  private records = 0;
  private readonly rejected = new Map<RejectReason, number>();
  private readonly totals = new WorkTotals();
  private readonly said = new Map<string, string | undefined>();
  private state: RoundState | undefined;

  constructor(say: (line: string) => void, isDeadLettered: (reason: RejectReason) => boolean) {
    this.say = say;
    this.isDeadLettered = isDeadLettered;
    this.ofProducer = {
      started: () => undefined,
      produced: () => undefined,
      round: () => undefined,
      done: () => undefined,
      trouble: (trouble) => this.tell('producer', trouble?.message),
    };
  }

  progress(source: RunProgress['source']): RunProgress {
    const late = this.rejected.get('Late') ?? 0;
    const all = [...this.rejected.values()].reduce((sum, count) => sum + count, 0);
    const watermarks = this.state?.tasks.map(({ task }) => task.watermark) ?? [];
    return {
      records: this.records,
      source,
      rows: this.counts.rows,
      late,
      bad: all - late,
      watermark: Math.min(Infinity, ...watermarks),
    };
  }

  summary({ stopped, run, outputs, deadLetterTopic }: RunEnd): RunSummary {
    const { filtered, duplicates, rows, keyMismatches } = this.counts;
    return {
      records: this.records,
      filtered,
      duplicates,
      rows,
      rejected: this.rejected,
      keyMismatches,
      stopped,
      outputs: outputs.map((topic) => `topic ${topic}`),
      run,
      deadLetters: { count: this.letters(), path: `topic ${deadLetterTopic}` },
    };
  }

  committed({ work }: CommitReport): void {
    for (const done of work) {
      const { counts, rejected } = this.totals.increments(done);
      for (const name of Object.keys(counts) as (keyof TaskCounts)[]) this.counts[name] += counts[name];
      if (done.running.stage.index === 0) this.records += counts.records;
      for (const [reason, count] of Object.entries(rejected) as [RejectReason, number][])
        this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + count);
    }
  }

  failed(error: Trouble): void {
    this.say(`a commit failed, and is done again: ${error.message}`);
  }

  trouble(trouble: Trouble | undefined): void {
    this.tell('consumer', trouble?.message);
  }

  lost({ message }: Trouble): void {
    this.say(message);
  }

  differs(line: string): void {
    this.say(line);
  }

  round(state: RoundState): void {
    this.state = state;
  }

  assigned(): void {}
  restored(): void {}
  delivered(): void {}
  done(): void {}
  unassigned(): void {}

  private letters(): number {
    return [...this.rejected].reduce((sum, [reason, count]) => sum + (this.isDeadLettered(reason) ? count : 0), 0);
  }

  /** Each trouble once, and that it is over. */
  private tell(who: string, line: string | undefined): void {
    if (this.said.get(who) === line) return;
    const before = this.said.get(who);
    this.said.set(who, line);
    if (line !== undefined) this.say(line);
    else if (before !== undefined) this.say('Kafka answers again');
  }
}
