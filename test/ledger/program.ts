/** A process of a job under test: the real program with its environment, its log in a file. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StatusPage } from '../../job-runtime/telemetry/status.ts';
import { identityOf } from './jobs.ts';
import type { JobName } from './jobs.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'job-runtime', 'main.ts');
const ANSWER_MILLIS = 2000;

export interface ProgramOptions {
  readonly role: 'consumer' | 'producer';
  readonly job: JobName;
  readonly instance: string;
  /** Of its pages. */
  readonly port: number;
  readonly jobFile: string;
  /** Where logs go. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface End {
  /** 0: as it should. */
  readonly code: number | null;
  /** The signal, the exit code, or why it could not be started. */
  readonly how: string;
}

export class Program {
  readonly options: ProgramOptions;
  readonly logFile: string;
  /** Somebody is at it: it is frozen, or about to end. */
  isBusy = false;
  isFrozen = false;
  readonly ended: Promise<End>;
  end: End | undefined;
  private readonly child: ChildProcess;

  constructor(options: ProgramOptions) {
    const { role, job, instance, port, jobFile, folder, env } = options;
    this.options = options;
    this.logFile = path.join(folder, `${instance}.log`);
    const log = openSync(this.logFile, 'a');
    const { uid, run } = identityOf(job);
    this.child = spawn(process.execPath, [MAIN, role], {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        ...env,
        STREAMJOB_JOB_FILE: jobFile,
        STREAMJOB_UID: uid,
        STREAMJOB_RUN: run,
        STREAMJOB_INSTANCE: instance,
        STREAMJOB_HTTP_PORT: String(port),
        STREAMJOB_HTTP_HOST: '127.0.0.1',
      },
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      const onEnd = (code: number | null, how: string): void => {
        this.end = { code, how };
        resolve(this.end);
      };
      this.child.once('exit', (code, signal) => onEnd(code, signal ?? `exit code ${code}`));
      this.child.once('error', ({ message }) => onEnd(null, message));
    });
  }

  get name(): string {
    return this.options.instance;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
    this.isFrozen = name === 'SIGSTOP' || (this.isFrozen && name !== 'SIGCONT');
  }

  /** Asks it to stop, as Kubernetes does: whoever has not ended when the grace is over is killed. */
  async stop(graceMillis: number): Promise<End> {
    this.signal('SIGTERM');
    if (this.isFrozen) this.signal('SIGCONT');
    const patience = setTimeout(() => this.signal('SIGKILL'), graceMillis);
    const end = await this.ended;
    clearTimeout(patience);
    return end;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Undefined: it does not answer. */
  async status(): Promise<StatusPage | undefined> {
    const text = await this.page('status');
    return text === undefined ? undefined : (JSON.parse(text) as StatusPage);
  }

  /** The page for Prometheus; undefined: it does not answer. */
  metrics(): Promise<string | undefined> {
    return this.page('metrics');
  }

  log(): Promise<string> {
    return readFile(this.logFile, 'utf8');
  }

  private async page(name: string): Promise<string | undefined> {
    if (this.end || this.isFrozen) return undefined;
    try {
      const answer = await fetch(`http://127.0.0.1:${this.options.port}/${name}`, {
        signal: AbortSignal.timeout(ANSWER_MILLIS),
      });
      return answer.ok ? await answer.text() : undefined;
    } catch {
      return undefined;
    }
  }
}
