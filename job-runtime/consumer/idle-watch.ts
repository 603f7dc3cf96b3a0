/**
 * Which source partitions are idle, and what that does to their watermarks (docs/semantics.md §3; the rule itself is
 * engine/idle.ts). A job's processes see each other's tasks by what these committed: their watermark, since when they
 * are idle, and what they still have open.
 *
 * The idle clock of a partition runs only while the log has said that there is nothing to read; it starts anew with a
 * record, a restore and whenever the log could not be asked.
 */
import { parseDuration } from '../../crds/duration.ts';
import type { Window } from '../../crds/window.ts';
import { idleWatermarks } from '../engine/idle.ts';
import type { TaskTime } from '../engine/idle.ts';
import type { ReadBound, TopicPartition } from '../log/log.ts';
import type { RunningTask } from './running-task.ts';
import type { TaskProgress } from './task-progress.ts';

/** An answer of the log older than this says nothing of now. */
const FRESH_MILLIS = 5000;
const SHORTEST_PROBE_MILLIS = 500;
const LONGEST_PROBE_MILLIS = 10_000;

/** What all tasks of the job have committed, by stage and then by partition; undefined: nothing yet. */
export type CommittedProgress = readonly (readonly (TaskProgress | undefined)[])[];

export class IdleWatch {
  private readonly timeout: number;
  private readonly delay: number;
  private readonly allowedLateness: number;
  private readonly probeInterval: number;
  private nextProbe = 0;

  constructor(window: Window) {
    this.timeout = parseDuration(window.watermark.idleTimeout);
    this.delay = parseDuration(window.watermark.delay);
    this.allowedLateness = parseDuration(window.allowedLateness);
    this.probeInterval = Math.min(Math.max(this.timeout / 10, SHORTEST_PROBE_MILLIS), LONGEST_PROBE_MILLIS);
  }

  /** Notes which of these source tasks have been idle for the timeout. `boundOf`: what the reader last saw. */
  observe(tasks: readonly RunningTask[], boundOf: (at: TopicPartition) => ReadBound | undefined, now: number): void {
    for (const running of tasks) {
      if (running.isDone) continue;
      const bound = boundOf({ topic: running.stage.input, partition: running.partition });
      const isAtEnd = bound !== undefined && running.task.position >= bound.end && now - bound.at < FRESH_MILLIS;
      if (!isAtEnd) {
        running.lastActive = now;
        running.idle = undefined;
        continue;
      }
      if (now - running.lastActive < this.timeout) continue;
      running.idle ??= { since: running.lastActive, watermark: running.task.watermark };
    }
  }

  /** Whether it is time to ask what the other tasks have committed: an idle task may have to move on. */
  isProbeDue(tasks: readonly RunningTask[], now: number): boolean {
    if (now < this.nextProbe || !tasks.some(({ idle, isDone }) => idle && !isDone)) return false;
    this.nextProbe = now + this.probeInterval;
    return true;
  }

  /** Raises the watermarks of idle tasks as far as there is something to close. `tasks`: this process's, of all stages. */
  raise(tasks: readonly RunningTask[], committed: CommittedProgress, now: number): void {
    const known = withOwn(committed, tasks);
    const openEnd = Math.max(...known.flat().map((progress) => progress?.lastOpenEnd ?? -Infinity));
    const enough = openEnd + this.allowedLateness;
    // What is done waits for nobody and holds nobody.
    const running = known[0]!
      .map((progress, partition) => ({ partition, progress }))
      .filter(({ progress }) => progress?.watermark !== Infinity);
    const raised = idleWatermarks(
      running.map(({ progress }) => timeOf(progress)),
      { now, delay: this.delay, enough },
    );
    running.forEach(({ partition }, i) => {
      const own = tasks.find((task) => task.source && task.partition === partition);
      if (!own?.idle || own.task.watermark >= enough) return;
      if (raised[i]! > own.task.watermark) own.source!.raise(raised[i]!);
    });
  }
}

/** What was committed, with the present state of this process's own tasks in its place. */
function withOwn(committed: CommittedProgress, tasks: readonly RunningTask[]): (TaskProgress | undefined)[][] {
  const known = committed.map((stage) => [...stage]);
  for (const running of tasks) known[running.stage.index]![running.partition] = running.progress('');
  return known;
}

/** A task that has said nothing yet is not idle, and everybody waits for it. */
function timeOf(progress: TaskProgress | undefined): TaskTime {
  if (!progress) return { watermark: -Infinity };
  return { watermark: progress.watermark, ...(progress.idle && { idle: progress.idle }) };
}
