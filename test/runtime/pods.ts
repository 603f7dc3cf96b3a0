/**
 * Pods of a job as Kubernetes would start them: the real program, told by its environment, with what it says on stderr
 * at hand as it comes. Whoever waits for something gets the last lines of the pod with the failure.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusPage } from '../../job-runtime/telemetry/status.ts';
import { freePort } from '../harness/kafka.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'job-runtime', 'main.ts');
const ANSWER_MILLIS = 2000;
const PATIENCE_MILLIS = 60_000;
const LOOK_AGAIN_MILLIS = 50;
/** Short, so that a test need not wait; the session holds out on a loaded machine. */
const ENVIRONMENT = { STREAMJOB_COMMIT_INTERVAL: '200ms', STREAMJOB_SESSION_TIMEOUT: '6s' };

/** One line of a pod's log; a line that is no JSON stands under `msg`. */
export interface LogLine {
  readonly event?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface PodOptions {
  readonly role?: 'consumer' | 'producer';
  /** As it stands in the job file; it is written anew for each pod. */
  readonly manifest: object;
  readonly run: string;
  readonly uid?: string;
  /** Absent: a name of its own. */
  readonly instance?: string;
  /** On top of short intervals. */
  readonly env?: Readonly<Record<string, string>>;
}

export class RunningPod {
  readonly name: string;
  readonly lines: LogLine[] = [];
  readonly stdout: string[] = [];
  readonly ended: Promise<End>;
  /** Undefined: it lives. */
  end: End | undefined;
  private readonly port: number;
  private readonly child: ChildProcess;

  constructor(name: string, port: number, child: ChildProcess) {
    this.name = name;
    this.port = port;
    this.child = child;
    createInterface(child.stderr!).on('line', (line) => this.lines.push(parsed(line)));
    createInterface(child.stdout!).on('line', (line) => this.stdout.push(line));
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    this.ended = new Promise((resolve) => {
      // Not `exit`: what it said last is to be here by then.
      child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
        process.off('exit', kill);
        resolve((this.end = { code, signal }));
      });
    });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** As Kubernetes ends it, without the grace: it takes as long as it takes. */
  stop(): Promise<End> {
    this.signal('SIGTERM');
    return this.ended;
  }

  kill(): Promise<End> {
    this.signal('SIGKILL');
    return this.ended;
  }

  /** The texts of its lines of this event. */
  said(event: string): string[] {
    return this.lines.filter((line) => line.event === event).map(({ msg }) => msg ?? '');
  }

  /** Undefined: it does not answer. */
  async status(): Promise<StatusPage | undefined> {
    const text = await this.page('status');
    return text === undefined ? undefined : (JSON.parse(text) as StatusPage);
  }

  /** Undefined: it does not answer. */
  metrics(): Promise<string | undefined> {
    return this.page('metrics');
  }

  /** Sum of the samples of this name that have all of `labels`; 0 where there is none, or no answer. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const samples = ((await this.metrics()) ?? '').split('\n').filter((line) => isOf(line, name));
    return samples
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** What `look` gives once it is neither undefined nor false. Fails when the pod ends first, or `millis` are over. */
  async waitFor<T>(
    what: string,
    look: () => T | undefined | false | Promise<T | undefined | false>,
    millis: number = PATIENCE_MILLIS,
  ): Promise<T> {
    for (const deadline = Date.now() + millis; ;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (this.end) throw new Error(this.withLines(`ended before ${what}`));
      if (Date.now() > deadline) throw new Error(this.withLines(`no ${what} in ${millis / 1000} s`));
      await delay(LOOK_AGAIN_MILLIS);
    }
  }

  waitForStatus(what: string, holds: (status: StatusPage) => boolean, millis?: number): Promise<StatusPage> {
    const look = async (): Promise<StatusPage | false> => {
      const status = await this.status();
      return status !== undefined && holds(status) && status;
    };
    return this.waitFor(what, look, millis);
  }

  /** Until a line of this event was said; its text. */
  waitForEvent(event: string, millis?: number): Promise<string> {
    return this.waitFor(`event ${event}`, () => this.said(event)[0], millis);
  }

  private withLines(what: string): string {
    const lines = this.lines.slice(-10).map((line) => JSON.stringify(line));
    return `pod ${this.name}: ${what}; it said last:\n${lines.join('\n')}`;
  }

  private async page(name: string): Promise<string | undefined> {
    if (this.end) return undefined;
    try {
      const answer = await fetch(`http://127.0.0.1:${this.port}/${name}`, {
        signal: AbortSignal.timeout(ANSWER_MILLIS),
      });
      return await answer.text();
    } catch {
      return undefined;
    }
  }
}

/** The pods of a test file, and the folder for their job files. */
export class Pods {
  private readonly folder: string;
  private readonly pods: RunningPod[] = [];
  private count = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Pods> {
    return new Pods(await mkdtemp(path.join(tmpdir(), 'streamjob-pods-')));
  }

  async start({ role = 'consumer', manifest, run, uid = 'u1', instance, env }: PodOptions): Promise<RunningPod> {
    const number = ++this.count;
    const name = instance ?? `${role}-${number}`;
    const jobFile = path.join(this.folder, `job-${number}.json`);
    const port = await freePort();
    await writeFile(jobFile, JSON.stringify(manifest));
    const child = spawn(process.execPath, [MAIN, role], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...ENVIRONMENT,
        ...env,
        STREAMJOB_JOB_FILE: jobFile,
        STREAMJOB_UID: uid,
        STREAMJOB_RUN: run,
        STREAMJOB_INSTANCE: name,
        STREAMJOB_HTTP_PORT: String(port),
        STREAMJOB_HTTP_HOST: '127.0.0.1',
      },
    });
    const pod = new RunningPod(name, port, child);
    this.pods.push(pod);
    return pod;
  }

  /** Asks everybody who lives to stop, and waits: between the cases of a file. */
  async stopAll(): Promise<void> {
    const living = this.pods.filter(({ end }) => !end);
    // One that a test froze would not hear it.
    for (const pod of living) pod.signal('SIGCONT');
    await Promise.all(living.map((pod) => pod.stop()));
  }

  /** The last resort, whatever state they are in. */
  async close(): Promise<void> {
    await Promise.all(this.pods.filter(({ end }) => !end).map((pod) => pod.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

const isOf = (line: string, name: string): boolean => line.startsWith(`${name}{`) || line.startsWith(`${name} `);
