/**
 * Idle partitions must not hold everybody's windows open, nor be left out of the minimum: a record may still come.
 * An idle task raises its own watermark instead (docs/semantics.md §3). Pure: the caller knows the time and who is idle.
 */

export interface TaskTime {
  readonly watermark: number;
  /** Present while the partition is idle: since when (wall clock, milliseconds), and its watermark at that moment. */
  readonly idle?: { readonly since: number; readonly watermark: number };
}

export interface IdleRule {
  readonly now: number;
  readonly delay: number;
  /** Closes the last open window of the job: no watermark is raised further. −∞: nothing is open. */
  readonly enough: number;
}

/**
 * The watermark that each task should raise itself to; where it is not above its own, there is nothing to do.
 * Idle tasks follow the slowest task that is not idle. If all are idle, event time goes on from the furthest of them at
 * the pace of the clock, counted from when the last of them fell idle.
 */
export function idleWatermarks(tasks: readonly TaskTime[], { now, delay, enough }: IdleRule): number[] {
  const busy = tasks.filter(({ idle }) => !idle).map(({ watermark }) => watermark);
  const idle = tasks.flatMap((task) => task.idle ?? []);
  const passed = now - Math.max(...idle.map(({ since }) => since));
  const furthest = Math.max(...idle.map(({ watermark }) => watermark));
  const target = busy.length > 0 ? Math.min(...busy) : Math.min(now - delay, furthest + passed, enough);
  return tasks.map((task) => (task.idle ? Math.max(task.watermark, target) : task.watermark));
}
