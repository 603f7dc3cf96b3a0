/** Which source partitions are idle in a run that goes by the clock, and what that does to their watermarks. */
import { parseDuration } from '../../crds/duration.ts';
import type { Window } from '../../crds/window.ts';
import { idleWatermarks } from '../engine/idle.ts';
import type { LocalStage } from './local-stage.ts';

export class IdleClock {
  private readonly stages: readonly LocalStage[];
  private readonly timeout: number;
  private readonly delay: number;
  private readonly allowedLateness: number;
  private readonly lastActive: number[];
  /** The watermark of each task when it fell idle. */
  private readonly resting: (number | undefined)[];

  constructor(window: Window, stages: readonly LocalStage[], now: number) {
    this.stages = stages;
    this.timeout = parseDuration(window.watermark.idleTimeout);
    this.delay = parseDuration(window.watermark.delay);
    this.allowedLateness = parseDuration(window.allowedLateness);
    this.lastActive = stages[0]!.tasks.map(() => now);
    this.resting = stages[0]!.tasks.map(() => undefined);
  }

  /** Call after the source tasks have read all there is; `busy`: the partitions that had something. */
  tick(now: number, busy: readonly number[]): void {
    for (const partition of busy) {
      this.lastActive[partition] = now;
      this.resting[partition] = undefined;
    }
    const tasks = this.stages[0]!.sources;
    const times = tasks.map(({ watermark }, partition) => {
      const since = this.lastActive[partition]!;
      if (now - since < this.timeout) return { watermark };
      return { watermark, idle: { since, watermark: (this.resting[partition] ??= watermark) } };
    });
    if (times.every(({ idle }) => !idle)) return;
    const lastOpen = Math.max(...this.stages.flatMap((stage) => stage.tasks.map((task) => task.lastOpenEnd())));
    const raised = idleWatermarks(times, { now, delay: this.delay, enough: lastOpen + this.allowedLateness });
    tasks.forEach((task, partition) => {
      if (raised[partition]! > task.watermark) task.raise(raised[partition]!);
    });
  }
}
