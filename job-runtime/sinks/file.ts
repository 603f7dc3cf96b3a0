/**
 * Writes each batch to a file of its name in one folder. A file appears complete or not at all: it is written and
 * flushed under a temporary name, then renamed. A name that is there already with the same bytes was delivered before.
 */
import * as disk from 'node:fs/promises';
import path from 'node:path';
import { StreamJobError } from '../errors.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import { outputFailure } from './output-failure.ts';
import type { Sink } from './sink.ts';
import { isLeftOver, isTemporaryName, temporaryName } from './temporary-files.ts';

/** What the sink needs of node:fs/promises; tests let single calls fail. */
export type Disk = Pick<typeof disk, 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat'>;

export class FileSink implements Sink {
  private readonly folder: string;
  private readonly disk: Disk;
  private handle: disk.FileHandle | undefined;

  constructor(folder: string, files: Disk = disk) {
    this.folder = folder;
    this.disk = files;
  }

  /** Makes the folder, and tries it with a file, so that an unusable one is known before the job has worked for it. */
  async open(): Promise<void> {
    try {
      await this.makeFolder();
      await this.removeLeftOvers();
      const trial = path.join(this.folder, temporaryName());
      await this.writeNew(trial, new Uint8Array(1));
      await this.disk.rm(trial, { force: true });
      this.handle = await this.disk.open(this.folder, 'r');
    } catch (error) {
      throw outputFailure(error, `write to folder ${this.folder}`);
    }
  }

  async write({ name, body }: SealedBatch, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const target = path.join(this.folder, name);
    try {
      if (!(await this.holds(target, body))) await this.writeAndRename(target, body, signal);
      // A rename is durable once the folder is, also one of an attempt that failed after it.
      await this.handle?.sync();
    } catch (error) {
      throw outputFailure(error, `write ${target}`);
    }
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  /** Folder by folder: of a read-only file system mkdir's `recursive` says "missing", and in /proc it never returns. */
  private async makeFolder(): Promise<void> {
    const missing: string[] = [];
    for (let at = path.resolve(this.folder); !(await this.found(at)); at = path.dirname(at)) missing.push(at);
    for (const folder of missing.reverse()) {
      await this.disk.mkdir(folder).catch((error: NodeJS.ErrnoException) => {
        // Somebody else has just made it.
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }

  /** Whether the batch was delivered before. Other bytes under its name are another run's: never overwritten. */
  private async holds(target: string, body: Uint8Array): Promise<boolean> {
    const found = await this.found(target);
    if (!found) return false;
    if (found.isFile() && found.size === body.length && (await this.disk.readFile(target)).equals(body)) return true;
    const remedy = 'remove the files of the other run or use another folder';
    throw new StreamJobError('OutputFailed', `${target} is there already with other content; ${remedy}`);
  }

  private async found(target: string): Promise<Awaited<ReturnType<Disk['stat']>> | undefined> {
    try {
      return await this.disk.stat(target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  private async writeAndRename(target: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const temporary = path.join(this.folder, temporaryName());
    try {
      await this.writeNew(temporary, body, signal);
      await this.disk.rename(temporary, target);
    } catch (error) {
      // On a full disk the room is wanted back; if that fails too, the first error is the one to tell.
      await this.disk.rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  private async writeNew(file: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    const handle = await this.disk.open(file, 'wx');
    try {
      await handle.writeFile(body, { signal });
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  private async removeLeftOvers(): Promise<void> {
    const now = Date.now();
    for (const name of await this.disk.readdir(this.folder)) {
      if (!isTemporaryName(name)) continue;
      const file = path.join(this.folder, name);
      const found = await this.found(file);
      if (found && isLeftOver(name, now - Number(found.mtimeMs))) await this.disk.rm(file, { force: true });
    }
  }
}
