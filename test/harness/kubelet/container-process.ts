/** A container as a local process in a group of its own, with the last of its output kept. */
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnTied } from '../apiserver/process.ts';
import type { Command } from './environment.ts';
import { terminationLogIn } from './environment.ts';
import type { Terminated } from './shapes.ts';

const LOG_BYTES = 256 * 1024;
/** As much as Kubernetes takes of a last message, from its file and from the log. */
const [MESSAGE_BYTES, FALLBACK_BYTES] = [4096, 2048];
/** What a grandchild still writes when its parent has gone is not waited for. */
const LAST_OUTPUT_MILLIS = 500;

/** The last 256 KiB of what was written, over all restarts of a pod. */
export class OutputRing {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes > LOG_BYTES && this.#chunks.length > 1) this.#bytes -= this.#chunks.shift()!.length;
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

export type ContainerProcess = Readonly<{
  pid: number;
  startedAt: Date;
  signal: (signal: NodeJS.Signals) => void;
  /** SIGTERM, and SIGKILL once the patience is over. */
  terminate: (patienceMillis: number) => void;
  ended: Promise<Terminated>;
}>;

type Starting = Readonly<{ command: Command; folder: string; output: OutputRing; fallsBackToLog: boolean }>;

/** Resolves once it runs. @throws Error when there is no such program. */
export async function startContainer({ command, folder, output, fallsBackToLog }: Starting): Promise<ContainerProcess> {
  await mkdir(folder, { recursive: true });
  await rm(terminationLogIn(folder), { force: true });
  const { cwd, env, program, flags } = command;
  const child = spawnTied(program, flags, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => output.add(chunk));
  const closed = once(child, 'close');
  await once(child, 'spawn');
  const startedAt = new Date();
  const signal = (name: NodeJS.Signals): void => signalGroup(child, name);
  let patience: NodeJS.Timeout | undefined;
  const terminate = (patienceMillis: number): void => {
    signal('SIGTERM');
    clearTimeout(patience);
    patience = setTimeout(() => signal('SIGKILL'), patienceMillis);
  };
  const ended = once(child, 'exit').then(async () => {
    clearTimeout(patience);
    // Nothing of a container outlives its first process.
    signalGroup(child, 'SIGKILL');
    await Promise.race([closed, delay(LAST_OUTPUT_MILLIS, undefined, { ref: false })]);
    const exitCode = child.exitCode ?? 128 + os.constants.signals[child.signalCode!];
    const message = await lastMessage(folder, exitCode !== 0 && fallsBackToLog ? output.toString() : '');
    return terminated(exitCode, startedAt, message);
  });
  return { pid: child.pid!, startedAt, signal, terminate, ended };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid!, signal);
  } catch {
    // It has ended.
  }
}

async function lastMessage(folder: string, log: string): Promise<string> {
  const left = await readFile(terminationLogIn(folder), 'utf8').catch(() => '');
  return left.slice(0, MESSAGE_BYTES) || log.slice(-FALLBACK_BYTES);
}

const terminated = (exitCode: number, startedAt: Date, message: string): Terminated => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  ...(message && { message }),
  startedAt: startedAt.toISOString(),
  finishedAt: new Date().toISOString(),
});
