/** A local run in a folder of its own, on a clock that only the run itself moves. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { LocalRun } from '../../job-runtime/local/local-run.ts';
import type { LocalRunOptions } from '../../job-runtime/local/options.ts';
import type { RunSummary } from '../../job-runtime/local/summary.ts';
import type { SpecPatch } from './stream-job.ts';
import { planOf, streamJob } from './stream-job.ts';

export class Workbench {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'streamjob-local-'));
  /** What the console sink printed. */
  printed = '';
  /** The wall clock; sleeping moves it. */
  time = 0;
  /** Called at every sleep, before the clock moves. */
  onSleep: () => void = () => undefined;
  readonly stop: AbortController = new AbortController();
  private readonly stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.printed += chunk.toString();
      done();
    },
  });

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** A path in the folder; with content a file. */
  file(name: string, content?: string | Uint8Array): string {
    const file = path.join(this.folder, name);
    if (content !== undefined) writeFileSync(file, content);
    return file;
  }

  /** The files of a folder below, by name. */
  files(name: string): Record<string, string> {
    const folder = this.file(name);
    return Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]),
    );
  }

  create(spec: SpecPatch, options: Partial<LocalRunOptions> = {}): LocalRun {
    return new LocalRun(streamJob(spec), planOf(spec), {
      unpaced: true,
      stdout: this.stdout,
      now: () => this.time,
      sleep: async (millis) => {
        this.onSleep();
        this.time += millis;
      },
      ...options,
    });
  }

  async run(spec: SpecPatch, options: Partial<LocalRunOptions> = {}): Promise<RunSummary> {
    return this.create(spec, options).run(this.stop.signal);
  }
}
