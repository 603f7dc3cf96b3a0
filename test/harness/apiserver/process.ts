/**
 * A server as a child process whose end is certain: with the test, with the test's process, or when that one is killed
 * with no chance to say so.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

const STOP_TIMEOUT_MILLIS = 5000;

export type ServerProcess = Readonly<{
  name: string;
  pid: number;
  hasEnded: () => boolean;
  signal: (signal: NodeJS.Signals) => void;
  /** Asks it to end, kills it after 5 s or the time given; more than once is fine, and a held (SIGSTOP) one ends too. */
  end: (patienceMillis?: number) => Promise<void>;
  /** The last 2000 characters that it wrote. */
  lastWords: () => Promise<string>;
}>;

export type Spawning = Readonly<{ cwd?: string; env?: NodeJS.ProcessEnv; stdio: StdioOptions; detached?: boolean }>;

/**
 * Spawns a program that the kernel kills when this process ends, by SIGKILL too. setpriv replaces itself with the
 * program, so the pid is the program's; where there is none (not Linux), only an orderly exit takes the child along.
 */
export function spawnTied(program: string, flags: readonly string[], options: Spawning): ChildProcess {
  const command = [...tie(), program, ...flags];
  const child = spawn(command[0]!, command.slice(1), options);
  if (living.size === 0) process.once('exit', killAll);
  living.add(child);
  child.once('exit', () => {
    living.delete(child);
    if (living.size === 0) process.off('exit', killAll);
  });
  return child;
}

/** One listener for all: a test may start dozens. */
const living = new Set<ChildProcess>();

function killAll(): void {
  for (const child of living) child.kill('SIGKILL');
}

let knownTie: readonly string[] | undefined;

function tie(): readonly string[] {
  if (knownTie) return knownTie;
  try {
    execFileSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' });
    knownTie = ['setpriv', '--pdeathsig', 'KILL'];
  } catch {
    knownTie = [];
  }
  return knownTie;
}

/** The output goes to a file: a pipe that nobody reads would stop the server one day. */
export function startProcess(program: string, flags: readonly string[], folder: string): ServerProcess {
  const name = path.basename(program);
  const log = path.join(folder, `${name}.log`);
  const output = openSync(log, 'a');
  const child = spawnTied(program, flags, { stdio: ['ignore', output, output] });
  closeSync(output);
  // A program that cannot be spawned ends without an exit event.
  let isAbsent = false;
  child.once('error', () => (isAbsent = true));
  const hasEnded = (): boolean => isAbsent || child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    pid: child.pid ?? 0,
    hasEnded,
    signal: (signal) => void child.kill(signal),
    end: (patienceMillis = STOP_TIMEOUT_MILLIS) => end(child, hasEnded, patienceMillis),
    lastWords: async () => (await readFile(log, 'utf8')).slice(-2000),
  };
}

async function end(child: ChildProcess, hasEnded: () => boolean, patienceMillis: number): Promise<void> {
  if (hasEnded()) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  const patience = setTimeout(() => child.kill('SIGKILL'), patienceMillis);
  await gone;
  clearTimeout(patience);
}
