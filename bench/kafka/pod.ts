/** A consumer of a job as Kubernetes would start it: a process of the real program, with its log lines as they come. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusPage, TaskStatus } from '../../job-runtime/telemetry/status.ts';
import { freePort } from './broker.ts';
import { cpuSecondsOf } from './process-meter.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'job-runtime', 'main.ts');
const PATIENCE_MILLIS = 600_000;
const LOOK_AGAIN_MILLIS = 5;

/** A line of the log, and when it came, by performance.now(). */
export interface PodEvent {
  readonly event: string;
  readonly at: number;
  readonly [field: string]: unknown;
}

let pods = 0;

export class BenchPod {
  /** By performance.now(). */
  readonly startedAt = performance.now();
  readonly events: PodEvent[] = [];
  /** What follows of `events` is awaited here. */
  private listeners: (() => void)[] = [];
  private readonly lines: string[] = [];
  private readonly jobFile: string;
  private readonly port: number;
  private readonly child: ChildProcess;

  private constructor(jobFile: string, port: number, env: Readonly<Record<string, string>>) {
    this.jobFile = jobFile;
    this.port = port;
    const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);
    this.child = spawn(process.execPath, [...flags, MAIN, 'consumer'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        STREAMJOB_JOB_FILE: jobFile,
        STREAMJOB_UID: 'bench',
        STREAMJOB_RUN: 'r1',
        STREAMJOB_INSTANCE: `bench-${++pods}`,
        STREAMJOB_HTTP_PORT: String(port),
        ...env,
      },
    });
    const kill = (): void => void this.child.kill('SIGKILL');
    process.once('exit', kill);
    this.child.once('exit', () => {
      process.off('exit', kill);
      this.tell();
    });
    createInterface(this.child.stderr!).on('line', (line) => this.take(line));
  }

  static async start(manifest: object, env: Readonly<Record<string, string>> = {}): Promise<BenchPod> {
    const port = await freePort();
    const jobFile = path.join(tmpdir(), `bench-job-${process.pid}-${port}.json`);
    await writeFile(jobFile, JSON.stringify(manifest));
    return new BenchPod(jobFile, port, env);
  }

  get pid(): number {
    return this.child.pid!;
  }

  cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  /** The first of these events, which may have come already. */
  async event(name: string, isIt: (event: PodEvent) => boolean = () => true): Promise<PodEvent> {
    for (const deadline = performance.now() + PATIENCE_MILLIS; performance.now() < deadline;) {
      const found = this.events.find((event) => event.event === name && isIt(event));
      if (found) return found;
      this.expectAlive();
      await new Promise<void>((resolve) => this.listeners.push(resolve));
    }
    throw new Error(`no ${name} came from the consumer:\n${this.lines.slice(-10).join('\n')}`);
  }

  /** Looks until the tasks are as wanted; by performance.now(). */
  async until(isIt: (tasks: readonly TaskStatus[]) => boolean, everyMillis = LOOK_AGAIN_MILLIS): Promise<number> {
    for (const deadline = performance.now() + PATIENCE_MILLIS; performance.now() < deadline;) {
      const tasks = (await this.status())?.tasks ?? [];
      if (tasks.length > 0 && isIt(tasks)) return performance.now();
      this.expectAlive();
      await delay(everyMillis);
    }
    throw new Error(`the consumer does not get there:\n${this.lines.slice(-10).join('\n')}`);
  }

  /** Undefined: it does not answer yet. */
  async status(): Promise<StatusPage | undefined> {
    const text = await this.page('status');
    return text === undefined ? undefined : (JSON.parse(text) as StatusPage);
  }

  async page(name: string): Promise<string | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.port}/${name}`, { signal: AbortSignal.timeout(5000) });
      return answer.ok ? await answer.text() : undefined;
    } catch {
      return undefined;
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.hasEnded()) return;
    const gone = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.kill(signal);
    await gone;
    await rm(this.jobFile, { force: true });
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private expectAlive(): void {
    if (this.hasEnded()) throw new Error(`the consumer has ended:\n${this.lines.slice(-10).join('\n')}`);
  }

  private take(line: string): void {
    this.lines.push(line);
    try {
      this.events.push({ ...(JSON.parse(line) as PodEvent), at: performance.now() });
    } catch {
      // What is not one of its events tells people why it ended.
    }
    this.tell();
  }

  private tell(): void {
    const listeners = this.listeners;
    this.listeners = [];
    for (const listener of listeners) listener();
  }
}

export const anyRead = (tasks: readonly TaskStatus[]): boolean => tasks.some(({ position }) => position > 0);

/** Everything that is in the topics has been worked on. */
export const allRead = (tasks: readonly TaskStatus[]): boolean =>
  tasks.every(({ lag, phase }) => phase === 'running' && lag === 0);
