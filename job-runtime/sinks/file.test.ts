import * as disk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { describeSink } from '../../test/conformance/sink-suite.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import type { Disk } from './file.ts';
import { FileSink } from './file.ts';
import { isTemporaryName, temporaryName } from './temporary-files.ts';

const root = await disk.mkdtemp(path.join(tmpdir(), 'file-sink-'));
let folders = 0;
let folder = '';

async function prepare(): Promise<void> {
  folder = path.join(root, `${folders++}`, 'deep', 'results');
}

afterAll(() => disk.rm(root, { recursive: true }));

async function readBack(): Promise<string[]> {
  const names = (await disk.readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const texts = await Promise.all(names.map((name) => disk.readFile(path.join(folder, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').slice(0, -1));
}

const failing =
  (code: string): (() => Promise<never>) =>
  async () => {
    throw Object.assign(new Error(`${code}: injected`), { code });
  };

/** As after a kill: neither the rename nor the cleaning up takes place. */
const killed: Disk = { ...disk, rename: failing('EKILLED'), rm: failing('EKILLED') };

function createDying(): FileSink {
  let isOpen = false;
  return new FileSink(folder, {
    ...killed,
    // Opening removes its trial file; death comes later.
    rm: async (...args) => (isOpen ? killed.rm(...args) : disk.rm(...args).then(() => void (isOpen = true))),
  });
}

describeSink('file', {
  prepare,
  create: () => new FileSink(folder),
  readBack,
  createDying,
  unusable: { create: () => new FileSink('/dev/null/results'), code: 'OutputFailed' },
});

const batch = (name: string, text: string): SealedBatch => ({ name, body: new TextEncoder().encode(text), rows: 1 });

async function opened(files?: Disk): Promise<FileSink> {
  const sink = new FileSink(folder, files);
  await sink.open();
  return sink;
}

describe('FileSink', () => {
  beforeEach(prepare);

  test('a file with other content is never overwritten, and the error says what to do', async () => {
    const sink = await opened();
    await sink.write(batch('a.csv', '1\n'));
    const message = `${path.join(folder, 'a.csv')} is there already with other content; remove the files of the other run or use another folder`;
    await expect(sink.write(batch('a.csv', '2\n'))).rejects.toMatchObject({ code: 'OutputFailed', message });
    await expect(sink.write(batch('a.csv', '1\n2\n'))).rejects.toMatchObject({ code: 'OutputFailed' });
    await sink.close();
    expect(await disk.readFile(path.join(folder, 'a.csv'), 'utf8')).toBe('1\n');
  });

  test('a folder of the name of a batch is an error', async () => {
    const sink = await opened();
    await disk.mkdir(path.join(folder, 'a.csv'));
    await expect(sink.write(batch('a.csv', '1\n'))).rejects.toMatchObject({ code: 'OutputFailed' });
    await sink.close();
  });

  test('a folder that is a file is an error before anything is written', async () => {
    await disk.mkdir(path.dirname(folder), { recursive: true });
    await disk.writeFile(folder, '');
    const message = `cannot write to folder ${folder}: a part of the path is a file; use the path of a folder (ENOTDIR)`;
    await expect(opened()).rejects.toMatchObject({ code: 'OutputFailed', message });
  });

  test('a folder that is removed during the run is an error that names the file', async () => {
    const sink = await opened();
    await disk.rm(folder, { recursive: true });
    const message = `cannot write ${path.join(folder, 'a.csv')}: the folder is not there; make it or use another one (ENOENT)`;
    await expect(sink.write(batch('a.csv', '1\n'))).rejects.toMatchObject({ code: 'OutputFailed', message });
    await sink.close();
  });

  test('on a full disk the temporary file goes and the complete ones stay', async () => {
    const sink = await opened({ ...disk, rename: failing('ENOSPC') });
    await disk.writeFile(path.join(folder, 'complete.csv'), '1\n');
    const message = `cannot write ${path.join(folder, 'a.csv')}: the disk is full; make room or use another folder (ENOSPC)`;
    await expect(sink.write(batch('a.csv', '1\n'))).rejects.toMatchObject({ code: 'OutputFailed', message });
    await sink.close();
    expect(await disk.readdir(folder)).toEqual(['complete.csv']);
  });

  test('a read-only file system is found out when the sink is opened', async () => {
    await disk.mkdir(folder, { recursive: true });
    const message = `cannot write to folder ${folder}: the file system is read-only; use another folder (EROFS)`;
    await expect(opened({ ...disk, open: failing('EROFS') })).rejects.toMatchObject({ code: 'OutputFailed', message });
  });

  test('so is one on which the folder has yet to be made', async () => {
    const message = `cannot write to folder ${folder}: the file system is read-only; use another folder (EROFS)`;
    await expect(opened({ ...disk, mkdir: failing('EROFS') })).rejects.toMatchObject({ code: 'OutputFailed', message });
  });

  test('a folder that another sink makes at the same time is made once', async () => {
    const sinks = await Promise.all([opened(), opened(), opened()]);
    await Promise.all(sinks.map((sink) => sink.close()));
    expect(await disk.readdir(folder)).toEqual([]);
  });

  test('too many open files may pass: it is worth another try', async () => {
    const sink = await opened({ ...disk, rename: failing('EMFILE') });
    await expect(sink.write(batch('a.csv', '1\n'))).rejects.toMatchObject({ code: 'SinkUnavailable', retryable: true });
    await sink.close();
  });

  test('an error that is no system error is passed on as it is', async () => {
    const bug = new TypeError('a bug');
    const sink = await opened({
      ...disk,
      rename: async () => {
        throw bug;
      },
    });
    await expect(sink.write(batch('a.csv', '1\n'))).rejects.toBe(bug);
    await sink.close();
  });

  test('opening removes what dead runs left, and nothing else', async () => {
    await disk.mkdir(folder, { recursive: true });
    const mine = temporaryName();
    const ofDeadProcess = mine.replace(/\.\d+\./, '.999999999.');
    const ofFormerSelf = mine.replace(/(\.\d+\.)[a-z0-9]+/, '$10former');
    const elsewhere = mine.replace(/-[a-z0-9-]+\./, '-elsewhere.');
    const elsewhereLongAgo = elsewhere.replace(/[a-z0-9]+\.tmp/, 'old.tmp');
    const others = ['.streamjob-notes', '.hidden', 'a.csv'];
    for (const name of [mine, ofDeadProcess, ofFormerSelf, elsewhere, elsewhereLongAgo, ...others]) {
      await disk.writeFile(path.join(folder, name), '');
    }
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await disk.utimes(path.join(folder, elsewhereLongAgo), longAgo, longAgo);
    await disk.utimes(path.join(folder, 'a.csv'), longAgo, longAgo);
    const sink = await opened();
    await sink.close();
    expect((await disk.readdir(folder)).sort()).toEqual([mine, elsewhere, ...others].sort());
  });

  test('temporary names are told from others', () => {
    expect(temporaryName()).not.toBe(temporaryName());
    expect(isTemporaryName(temporaryName())).toBe(true);
    expect(isTemporaryName('mta_0_00000.csv')).toBe(false);
  });
});
