/**
 * Watches a run: how far it is, what its processes count, and when it is over. A run is over when every consumer of a
 * job says so and all tasks are with them, twice in a row, since a rebalance may be under way.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusPage, TaskStatus } from '../../job-runtime/telemetry/status.ts';
import type { Fleet } from './fleet.ts';
import { JOB_NAMES } from './jobs.ts';
import type { JobName } from './jobs.ts';
import type { Program } from './program.ts';
import { endOfRun } from './run-end.ts';
import type { RunEnd } from './run-end.ts';

const INTERVAL_MILLIS = 1000;
/** Tasks of all stages. */
const TASKS: Readonly<Record<JobName, number>> = { keyed: 4, shuffled: 4 + 8 };
const COMMITS = /^streamjob_commits_total\{[^}]*outcome="committed"[^}]*\} (\d+)/m;

export class Watch {
  private readonly fleet: Fleet;
  private readonly end: RunEnd;
  private readonly commits = new Map<Program, number>();

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    this.end = endOfRun(fleet.brokers);
  }

  /** Commits that were counted; what a process did in its last second before it was killed is not among them. */
  get commitCount(): number {
    return [...this.commits.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Until every consumer works, and on all tasks. */
  async untilRunning(deadline: () => number): Promise<void> {
    while (!(await Promise.all(JOB_NAMES.map((job) => this.isRunning(job)))).every(Boolean))
      await this.pause(deadline(), 'the jobs have not begun to work');
  }

  /** Until the source has been produced to its end. Tells the second job, which has no producer of its own, so. */
  async untilProduced(deadline: () => number): Promise<void> {
    for (;;) {
      await this.count();
      if (await this.end.passOn()) return;
      await this.pause(deadline(), 'the producer has not come to its end');
    }
  }

  async untilDone(deadline: () => number): Promise<void> {
    for (let inARow = 0; inARow < 2;) {
      await this.count();
      const isDone = (await Promise.all(JOB_NAMES.map((job) => this.isDone(job)))).every(Boolean);
      inARow = isDone ? inARow + 1 : 0;
      await this.pause(deadline(), 'the jobs have not come to their end');
    }
  }

  /** How every process is, a line each. */
  async describe(): Promise<string> {
    const all = [...(this.fleet.producer ? [this.fleet.producer] : []), ...this.fleet.living()];
    return (await Promise.all(all.map(async (one) => `${one.name}: ${lineOf(await one.status())}`))).join('\n');
  }

  async close(): Promise<void> {
    await this.end.close();
  }

  private async isRunning(job: JobName): Promise<boolean> {
    const pages = await this.pages(job);
    return pages.every((page) => page?.phase === 'running') && tasksIn(pages, 'running') === TASKS[job];
  }

  private async isDone(job: JobName): Promise<boolean> {
    const pages = await this.pages(job);
    const isQuiet = pages.every((page) => page && (page.done || page.tasks.length === 0));
    return isQuiet && tasksIn(pages, 'done') === TASKS[job];
  }

  private pages(job: JobName): Promise<(StatusPage | undefined)[]> {
    const programs = this.fleet.living().filter(({ options }) => options.job === job);
    return Promise.all(programs.map((program) => program.status()));
  }

  private async count(): Promise<void> {
    for (const program of this.fleet.living()) {
      const found = COMMITS.exec((await program.metrics()) ?? '')?.[1];
      if (found !== undefined) this.commits.set(program, Number(found));
    }
  }

  private async pause(deadline: number, what: string): Promise<void> {
    if (Date.now() > deadline) throw new Error(`${what} in time:\n${await this.describe()}`);
    await delay(INTERVAL_MILLIS);
  }
}

/** How many different tasks are in this phase. */
function tasksIn(pages: readonly (StatusPage | undefined)[], wanted: TaskStatus['phase']): number {
  const tasks = pages.flatMap((page) => page?.tasks ?? []).filter(({ phase }) => phase === wanted);
  return new Set(tasks.map(({ stage, partition }) => `${stage}/${partition}`)).size;
}

function lineOf(page: StatusPage | undefined): string {
  if (!page) return 'does not answer';
  const tasks = page.tasks.map(
    ({ stage, partition, phase, position, lag }) => `${stage}/${partition} ${phase} at ${position}, lag ${lag}`,
  );
  return [page.phase, page.trouble, page.lastError, ...tasks].filter((text) => text !== null).join('; ');
}
