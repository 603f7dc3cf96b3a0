/** Runs the real program in a folder of its own, as a person would, and gives what it said. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';

const MAIN = path.join(import.meta.dirname, '..', '..', 'job-runtime', 'cli', 'main.ts');

export interface Said {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Program = ChildProcessByStdio<null, Readable, Readable>;

/** A folder with the files that a test needs. */
export class Workplace {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(files: Readonly<Record<string, string | Uint8Array>>): Promise<Workplace> {
    const place = new Workplace(await mkdtemp(path.join(tmpdir(), 'streamjob-cli-')));
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(place.folder, name), content);
    return place;
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  run(...args: string[]): Promise<Said> {
    return this.outcome(this.start(args));
  }

  /** Through a shell, for pipes and redirections; `streamjob` is the program. */
  shell(script: string): Promise<Said> {
    const command = `set -o pipefail; streamjob() { '${process.execPath}' '${MAIN}' "$@"; }; ${script}`;
    return this.outcome(spawn('bash', ['-c', command], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  async outcome(program: Program): Promise<Said> {
    const [stdout, stderr, exitCode] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      new Promise<number | null>((resolve) => program.on('close', resolve)),
    ]);
    return { exitCode, stdout, stderr };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function text(stream: Readable): Promise<string> {
  let all = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) all += chunk as string;
  return all;
}
