/** Dead letters of a local run: lines of JSON beside the results, so that they can be read, mended and replayed. */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { outputFailure } from '../sinks/output-failure.ts';
import type { DeadLetter } from '../dead-letters/rejects.ts';
import { deadLetterLine } from '../dead-letters/rejects.ts';

export class DeadLetterFile {
  count = 0;
  private readonly target: string | undefined;
  private file: FileHandle | undefined;

  /** Without a folder the letters are counted only. */
  constructor(folder: string | undefined, job: string) {
    this.target = folder === undefined ? undefined : path.join(folder, `${job}_dead-letters.jsonl`);
  }

  /** The file, once it holds something. */
  get path(): string | undefined {
    return this.count > 0 ? this.target : undefined;
  }

  async write(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    this.count += letters.length;
    if (this.target === undefined) return;
    try {
      this.file ??= await open(this.target, 'w');
      await this.file.appendFile(letters.map((letter) => `${deadLetterLine(letter)}\n`).join(''));
    } catch (cause) {
      throw outputFailure(cause, `write ${this.target}`);
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }
}
