import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { batchOf, numbered, outbox } from '../../test/builders/outbox.ts';
import { movePart, stateOf, stateOfPart } from '../../test/builders/task-state.ts';
import type { Outbox } from './outbox.ts';
import type { SealedBatch } from './sealed-batch.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2023-06-03T12:00:00Z');

const text = (body: Uint8Array): string => new TextDecoder().decode(body);
const shown = (batches: readonly SealedBatch[]): unknown[] =>
  batches.map(({ name, body, rows }) => [name, text(body), rows]);

describe('Outbox by window', () => {
  test('a closed window is one batch, named by task and window', () => {
    const target = outbox({ byWindow: true });
    target.rows(batchOf(numbered(2)));
    target.windowClosed(NOON, NOON + 5 * MINUTE);
    expect(shown(target.take())).toEqual([
      ['turnstile_1_20230603T120000Z_20230603T120500Z_00000.csv', 'S0,0\nS1,1\n', 2],
    ]);
  });

  test('taken batches are gone', () => {
    const target = outbox({ byWindow: true });
    target.rows(batchOf(numbered(1)));
    target.windowClosed(0, MINUTE);
    expect(target.take()).toHaveLength(1);
    expect(target.take()).toHaveLength(0);
  });

  test('an empty window seals nothing', () => {
    const target = outbox({ byWindow: true, header: true });
    target.windowClosed(0, MINUTE);
    expect(target.take()).toEqual([]);
  });

  test.each([
    { rows: 2, parts: [2] },
    { rows: 3, parts: [3] },
    { rows: 4, parts: [3, 1] },
    { rows: 6, parts: [3, 3] },
    { rows: 7, parts: [3, 3, 1] },
  ])('$rows rows at 3 a part are parts of $parts, each with the header', ({ rows, parts }) => {
    const target = outbox({ byWindow: true, header: true });
    target.rows(batchOf(numbered(rows)));
    target.windowClosed(0, MINUTE);
    const sealed = target.take();
    expect(sealed.map((batch) => batch.rows)).toEqual(parts);
    expect(sealed.map(({ name }) => name.slice(-9))).toEqual(parts.map((_, part) => `0000${part}.csv`));
    expect(sealed.every(({ body }) => text(body).startsWith('STATION,ENTRIES\n'))).toBe(true);
    expect(sealed.flatMap(({ body }) => text(body).split('\n').slice(1, -1))).toEqual(
      numbered(rows).map((row) => row.join()),
    );
  });

  test('each window counts its parts from 0', () => {
    const target = outbox({ byWindow: true });
    for (const start of [0, MINUTE]) {
      target.rows(batchOf(numbered(4)));
      target.windowClosed(start, start + MINUTE);
    }
    expect(target.take().map(({ name }) => name.slice(-9, -4))).toEqual(['00000', '00001', '00000', '00001']);
  });

  test('windows that were cut short say so', () => {
    const target = outbox({ byWindow: true });
    target.rows(batchOf(numbered(1)));
    target.windowClosed(0, MINUTE);
    target.labelPartial();
    target.rows(batchOf(numbered(1)));
    target.windowClosed(MINUTE, 2 * MINUTE);
    expect(target.take().map(({ name }) => name.slice(-17))).toEqual(['000100Z_00000.csv', '00000_partial.csv']);
  });

  test('rows of no window are a mistake of the caller', () => {
    const target = outbox({ byWindow: true });
    target.rows(batchOf(numbered(1)));
    expect(() => target.end()).toThrow('rows came outside a window');
  });
});

describe('Outbox without common windows', () => {
  test.each([1, 2, 3, 4, 5, 10])('batches are the same when rows come %i at a time', (size) => {
    const target = outbox();
    const rows = numbered(10);
    for (let from = 0; from < rows.length; from += size) target.rows(batchOf(rows.slice(from, from + size)));
    target.end();
    expect(shown(target.take())).toEqual([
      ['turnstile_1_00000.csv', 'S0,0\nS1,1\nS2,2\n', 3],
      ['turnstile_1_00001.csv', 'S3,3\nS4,4\nS5,5\n', 3],
      ['turnstile_1_00002.csv', 'S6,6\nS7,7\nS8,8\n', 3],
      ['turnstile_1_00003.csv', 'S9,9\n', 1],
    ]);
  });

  test('only the selected rows count, in their order', () => {
    const target = outbox();
    const batch = batchOf(numbered(5));
    batch.rows.set([1, 4]);
    batch.selected = 2;
    target.rows(batch);
    target.end();
    expect(text(target.take()[0]!.body)).toBe('S1,1\nS4,4\n');
  });

  test('a batch ends at its size in bytes too', () => {
    const target = outbox({ maxRows: 100, maxBytes: 10 });
    target.rows(batchOf(numbered(5)));
    target.end();
    expect(target.take().map(({ rows }) => rows)).toEqual([2, 2, 1]);
  });

  test('closing windows end no batch', () => {
    const target = outbox();
    target.rows(batchOf(numbered(1)));
    target.windowClosed(0, MINUTE);
    expect(target.take()).toEqual([]);
    expect(target.openRows).toBe(1);
  });

  test('open rows can be sealed by age, and numbers run on', () => {
    const target = outbox();
    target.sealOpen();
    target.rows(batchOf(numbered(1)));
    target.sealOpen();
    target.rows(batchOf(numbered(1)));
    target.sealOpen();
    expect(target.openRows).toBe(0);
    expect(target.take().map(({ name }) => name)).toEqual(['turnstile_1_00000.csv', 'turnstile_1_00001.csv']);
  });

  test('what came before the cut is not labelled', () => {
    const target = outbox();
    target.rows(batchOf(numbered(1)));
    target.labelPartial();
    target.rows(batchOf(numbered(1)));
    target.end();
    expect(target.take().map(({ name }) => name)).toEqual(['turnstile_1_00000.csv', 'turnstile_1_00001_partial.csv']);
  });
});

describe('gzip', () => {
  const sealed = (): Uint8Array => {
    const target = outbox({ gzip: true, header: true });
    target.rows(batchOf(numbered(3)));
    return target.take()[0]!.body;
  };

  test('the body is one gzip member of the rows', () => {
    expect(text(gunzipSync(sealed()))).toBe('STATION,ENTRIES\nS0,0\nS1,1\nS2,2\n');
  });

  test('the same rows give the same bytes, without time or platform', () => {
    expect(sealed()).toEqual(sealed());
    expect([...sealed().subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect(sealed()[9]).toBe(255);
  });
});

describe('restore', () => {
  const rows = numbered(23);

  /** Feeds rows one by one with a window every 7, restoring and taking where told. */
  function run(byWindow: boolean, restoreAt: number, takeEvery: number): SealedBatch[] {
    const plan = { byWindow, gzip: true, header: true };
    let target = outbox(plan);
    const taken: SealedBatch[] = [];
    rows.forEach((row, index) => {
      target.rows(batchOf([row]));
      if (index % 7 === 6) target.windowClosed(index * MINUTE, (index + 7) * MINUTE);
      if (index === restoreAt) target = movePart(target, outbox(plan));
      if (index % takeEvery === 0) taken.push(...delivered(target));
    });
    target.windowClosed(23 * MINUTE, 30 * MINUTE);
    target.end();
    return [...taken, ...target.take()];
  }

  function delivered(target: Outbox): SealedBatch[] {
    const batches = target.take();
    target.delivered(batches.length);
    return batches;
  }

  test.each([true, false])('at every point gives the same batches (by window: %s)', (byWindow) => {
    const whole = run(byWindow, -1, 100);
    for (let at = 0; at < rows.length; at++) {
      for (const takeEvery of [1, 5, 100]) expect(run(byWindow, at, takeEvery)).toEqual(whole);
    }
  });

  test('writing the state changes nothing', () => {
    const target = outbox();
    target.rows(batchOf(numbered(5)));
    stateOf(stateOfPart(target));
    target.end();
    expect(target.take().map((batch) => batch.rows)).toEqual([3, 2]);
  });
});
