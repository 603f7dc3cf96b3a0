/**
 * A task as the changelog sees it, as small as can be: keys with values that live until a bound, explicit removals, and
 * a bound that is written whole with each commit. Chunks are JSON lines of a few entries, so that small states have many.
 */
import { writtenTo } from '../engine/changes.ts';
import type { Log, LogWriter, TopicPartition, Transaction } from '../log/log.ts';
import type { Changelog } from './changelog.ts';

export const AT: TopicPartition = { topic: 'changelog', partition: 0 };

type Line = readonly [key: string, value: string | null, until: number];
/** The last line of a commit. */
type Closing = readonly [bound: number];

interface Entry {
  value: string | null;
  until: number;
  written: number;
}

const encode = (lines: readonly (Line | Closing)[]): Uint8Array => new TextEncoder().encode(JSON.stringify(lines));

export class ModelTask {
  bound = 0;
  /** Entries that the last writeChanges wrote though they had not changed, in bytes of their lines. */
  copied = 0;
  private readonly entriesPerChunk: number;
  private entries = new Map<string, Entry>();

  constructor(entriesPerChunk = 10) {
    this.entriesPerChunk = entriesPerChunk;
  }

  set(key: string, value: string, until = Infinity): void {
    this.entries.set(key, { value, until, written: 0 });
  }

  remove(key: string): void {
    if (this.entries.has(key)) this.entries.set(key, { value: null, until: Infinity, written: 0 });
  }

  /** What is alive, as text: two tasks are equal when these are. */
  text(): string {
    const alive = [...this.entries].filter(([, entry]) => this.isAlive(entry));
    const lines = alive.map(([key, { value, until }]) => `${key}=${value}@${until}`);
    return [`bound ${this.bound}`, ...lines.sort()].join('\n');
  }

  liveBytes(): number {
    let bytes = 0;
    for (const [key, entry] of this.entries) if (this.isAlive(entry)) bytes += lengthOf(key, entry);
    return bytes;
  }

  writeChanges(firstChunk: number, rewriteBefore: number): Uint8Array[] {
    const chunks: Line[][] = [[]];
    this.copied = 0;
    for (const [key, entry] of this.entries) {
      const isDue = entry.written <= rewriteBefore && this.isAlive(entry);
      if (!isDue && entry.written > 0) continue;
      if (chunks.at(-1)!.length === this.entriesPerChunk) chunks.push([]);
      chunks.at(-1)!.push([key, entry.value, entry.until]);
      if (entry.written > 0) this.copied += lengthOf(key, entry);
      entry.written = writtenTo(firstChunk + chunks.length - 1);
    }
    for (const [key, entry] of this.entries) if (!this.isAlive(entry)) this.entries.delete(key);
    return chunks.map((lines, index) => encode(index < chunks.length - 1 ? lines : [...lines, [this.bound]]));
  }

  applyChunk(chunk: Uint8Array, number: number): void {
    const lines = JSON.parse(new TextDecoder().decode(chunk)) as (Line | Closing)[];
    for (const line of lines) {
      if (line.length === 1) [this.bound] = line;
      else this.entries.set(line[0], { value: line[1], until: line[2] ?? Infinity, written: writtenTo(number) });
    }
  }

  endRestore(): void {
    for (const [key, entry] of this.entries) if (!this.isAlive(entry)) this.entries.delete(key);
  }

  reset(): void {
    this.entries = new Map();
    this.bound = 0;
  }

  private isAlive({ value, until }: Entry): boolean {
    return value !== null && until > this.bound;
  }
}

/** Of the line of an entry that lives for ever: quotes, commas, brackets and a null come on top. */
const lengthOf = (key: string, { value }: Entry): number => key.length + (value?.length ?? 0) + 13;

/** Puts what changed into a transaction, and gives the bytes of it. */
export function take(task: ModelTask, changelog: Changelog, transaction: Transaction, live = task.liveBytes()): number {
  const chunks = task.writeChanges(changelog.nextChunk, changelog.rewriteBefore(live));
  changelog.append(transaction, chunks, 1000);
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

export async function commit(
  task: ModelTask,
  changelog: Changelog,
  writer: LogWriter,
  live = task.liveBytes(),
): Promise<number> {
  const transaction = writer.begin();
  const bytes = take(task, changelog, transaction, live);
  await transaction.commit();
  changelog.committed(transaction);
  return bytes;
}

export async function restored(task: ModelTask, changelog: Changelog, from?: number): Promise<ModelTask> {
  const apply = (chunk: Uint8Array, number: number): void => task.applyChunk(chunk, number);
  await changelog.restore({ apply, reset: () => task.reset() }, { from });
  task.endRestore();
  return task;
}

/** A log with some of its calls replaced. */
export function wrapped(log: Log, calls: Partial<Log>): Log {
  return new Proxy(log, {
    get: (target, name) => {
      const own = calls[name as keyof Log] ?? target[name as keyof Log];
      return typeof own === 'function' ? (own as () => unknown).bind(calls[name as keyof Log] ? calls : target) : own;
    },
  });
}
