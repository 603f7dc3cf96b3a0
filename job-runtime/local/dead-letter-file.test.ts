import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DeadLetterFile } from './dead-letter-file.ts';
import type { DeadLetter } from '../dead-letters/rejects.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'streamjob-letters-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const letter = (offset: number): DeadLetter => ({
  reason: 'Malformed',
  message: 'why',
  topic: 'input',
  partition: 0,
  offset,
  key: null,
  value: Buffer.from(`v${offset}`),
  headers: null,
});

describe('DeadLetterFile', () => {
  test('writes a line for each letter, in order, over several writes', async () => {
    const file = new DeadLetterFile(folder, 'job');
    await file.write([letter(1), letter(2)]);
    await file.write([]);
    await file.write([letter(3)]);
    await file.close();
    const lines = readFileSync(path.join(folder, 'job_dead-letters.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { offset: number }).offset)).toEqual([1, 2, 3]);
    expect([file.count, file.path]).toEqual([3, path.join(folder, 'job_dead-letters.jsonl')]);
  });

  test('makes no file while there is nothing to write', async () => {
    const file = new DeadLetterFile(folder, 'job');
    await file.write([]);
    await file.close();
    expect(file.path).toBeUndefined();
    expect(existsSync(path.join(folder, 'job_dead-letters.jsonl'))).toBe(false);
  });

  test('without a folder it only counts', async () => {
    const file = new DeadLetterFile(undefined, 'job');
    await file.write([letter(1)]);
    await file.close();
    expect([file.count, file.path]).toEqual([1, undefined]);
  });

  test('says which file cannot be written', async () => {
    writeFileSync(path.join(folder, 'taken'), '');
    const file = new DeadLetterFile(path.join(folder, 'taken'), 'job');
    await expect(file.write([letter(1)])).rejects.toMatchObject({
      code: 'OutputFailed',
      message: expect.stringContaining('job_dead-letters.jsonl'),
    });
    await file.close();
  });
});
