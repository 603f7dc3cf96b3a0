import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { Sink as SinkSchema } from '../../crds/sink.ts';
import type { Sink as SinkSpec } from '../../crds/sink.ts';
import type { ColumnBatch, Field, NumberColumn, SliceColumn } from '../engine/column.ts';
import { appendSlice, createColumnBatch } from '../engine/column.ts';
import type { JobPlan, WindowPlan } from '../engine/stage-plan.ts';
import type { Delivery, OutboxDelivery, SinkContext } from './registry.ts';
import { createDelivery } from './registry.ts';
import { sinkProblems } from './sink-problems.ts';

const START: Field = { name: 'window.start', type: { kind: 'timestamp' }, slot: 0 };
const END: Field = { name: 'window.end', type: { kind: 'timestamp' }, slot: 1 };
const STATION: Field = { name: 'STATION', type: { kind: 'string' }, slot: 2 };
const FIELDS = [START, END, STATION];
const HOUR = 3_600_000;

/** Only what the sinks look at. */
function planOf(window?: { type: 'tumbling' | 'session'; updates?: boolean }): JobPlan {
  const windowPlan = window && {
    assigner: window.type === 'tumbling' ? {} : undefined,
    updates: window.updates ?? false,
    groupBy: [{ ...STATION, slot: 9 }],
  };
  const rows = {
    eventTime: { ...START, name: 'TIME', timezone: 'America/New_York' },
    window: windowPlan as WindowPlan | undefined,
  };
  return { rows, resultFields: FIELDS, stages: [], reasons: [] } as unknown as JobPlan;
}

const specOf = (sink: unknown): SinkSpec => SinkSchema.parse(sink);
const tumbling = planOf({ type: 'tumbling' });

function contextOf(overrides: Partial<SinkContext> = {}): SinkContext {
  const retry = { attempts: 1, firstDelayMillis: 1, maxDelayMillis: 1, sleep: async () => undefined, random: () => 0 };
  return { job: 'mta', stdout: new PassThrough(), onStdoutClosed: () => undefined, retry, ...overrides };
}

function outboxDelivery(delivery: Delivery): OutboxDelivery {
  if (delivery.kind !== 'outbox') throw new Error('not an outbox');
  return delivery;
}

function rowOf(station: string): ColumnBatch {
  const batch = createColumnBatch(
    FIELDS.map(({ type }) => type),
    1,
  );
  (batch.columns[0] as NumberColumn).values[0] = 0;
  (batch.columns[1] as NumberColumn).values[0] = HOUR;
  appendSlice(batch.columns[2] as SliceColumn, 0, new TextEncoder().encode(station));
  batch.count = 1;
  batch.selected = 1;
  return batch;
}

describe('the file sink', () => {
  test('writes the windows of each task to the folder, as the manifest says', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
    const spec = specOf({
      file: {
        path: folder,
        compression: 'gzip',
        columns: ['HOUR', 'STATION'],
        columnOptions: { HOUR: { from: 'window.end' } },
      },
    });
    const { sink, createOutbox, isLive } = outboxDelivery(createDelivery(spec, tumbling, contextOf({ run: 'k3x9' })));
    await sink.open();
    for (const task of [0, 1]) {
      const outbox = createOutbox(task);
      outbox.rows(rowOf(`S${task}`));
      outbox.windowClosed(0, HOUR);
      for (const batch of outbox.take()) await sink.write(batch);
    }
    await sink.close();
    const names = [0, 1].map((task) => `mta_k3x9_${task}_19700101T000000Z_19700101T010000Z_00000.csv.gz`);
    expect(isLive).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(names);
    expect(gunzipSync(readFileSync(path.join(folder, names[1]!))).toString()).toBe(
      'HOUR,STATION\n1969-12-31 20:00:00,S1\n',
    );
    rmSync(folder, { recursive: true });
  });

  test.each([
    { settings: { format: 'jsonl' }, name: 'mta_0_00000.jsonl', text: '{"STATION":"A"}\n' },
    { settings: { header: false }, name: 'mta_0_00000.csv', text: 'A\n' },
    { settings: {}, name: 'mta_0_00000.csv', text: 'STATION\nA\n' },
  ])('$settings', ({ settings, name, text }) => {
    const spec = specOf({ file: { path: 'out', columns: ['STATION'], ...settings } });
    const outbox = outboxDelivery(createDelivery(spec, planOf(), contextOf())).createOutbox(0);
    outbox.rows(rowOf('A'));
    outbox.end();
    expect(outbox.take()).toEqual([{ name, body: new TextEncoder().encode(text), rows: 1 }]);
  });

  test.each([
    { plan: planOf({ type: 'session' }), name: 'mta_0_00000.csv' },
    { plan: planOf({ type: 'tumbling', updates: true }), name: 'mta_0_00000.csv' },
  ])('rows that do not come window by window run on', ({ plan, name }) => {
    const outbox = outboxDelivery(createDelivery(specOf({ file: { path: 'out' } }), plan, contextOf())).createOutbox(0);
    outbox.rows(rowOf('A'));
    outbox.windowClosed(0, HOUR);
    outbox.end();
    expect(outbox.take().map((batch) => batch.name)).toEqual([name]);
  });
});

describe('the console sink', () => {
  test.each([
    { format: 'csv', text: 'STATION\nA\nB\n' },
    { format: 'json', text: '{"STATION":"A"}\n{"STATION":"B"}\n' },
  ])('prints $format, with one header for all tasks', async ({ format, text }) => {
    const stdout = new PassThrough();
    const spec = specOf({ console: { format, columns: ['STATION'] } });
    const { sink, createOutbox, isLive } = outboxDelivery(createDelivery(spec, planOf(), contextOf({ stdout })));
    await sink.open();
    for (const [task, station] of ['A', 'B'].entries()) {
      const outbox = createOutbox(task);
      outbox.rows(rowOf(station));
      outbox.sealOpen();
      for (const batch of outbox.take()) await sink.write(batch);
    }
    await sink.close();
    expect(isLive).toBe(true);
    expect(String(stdout.read())).toBe(text);
  });
});

describe('the kafka sink', () => {
  const spec = specOf({
    kafka: {
      topic: 'results',
      routes: [
        { when: 'STATION == "A"', topic: 'of-a' },
        { when: 'STATION == "B"', topic: 'results' },
      ],
    },
  });

  test('names each topic that rows may go to once', () => {
    expect(createDelivery(spec, tumbling, contextOf())).toMatchObject({ kind: 'topic', topics: ['of-a', 'results'] });
  });

  test('needs to know their partitions', () => {
    const delivery = createDelivery(spec, tumbling, contextOf());
    if (delivery.kind !== 'topic') throw new Error('not a topic');
    expect(() => delivery.createRows(0, new Map([['results', 1]]))).toThrow(
      'topic of-a, which the sink writes to, does not exist',
    );
    expect(
      delivery.createRows(
        0,
        new Map([
          ['results', 1],
          ['of-a', 2],
        ]),
      ),
    ).toBeDefined();
  });
});

describe('what is wrong with a sink', () => {
  test('comes as problems, all at once', () => {
    const spec = specOf({ kafka: { topic: 't', key: ['KEY'], routes: [{ when: 'STATON == ""', topic: 'u' }] } });
    expect(sinkProblems(spec, tumbling).map(({ path: place }) => place)).toEqual([
      'spec.sink.kafka.key[0]',
      'spec.sink.kafka.routes[0].when',
    ]);
    expect(sinkProblems(specOf({ console: { columns: ['A', 'B'] } }), tumbling)).toHaveLength(2);
    expect(sinkProblems(specOf({ console: {} }), tumbling)).toEqual([]);
  });

  test('is an error for who goes on all the same', () => {
    const spec = specOf({ file: { path: 'out', columns: ['STATON'] } });
    expect(() => createDelivery(spec, tumbling, contextOf())).toThrow(
      /^spec\.sink\.file\.columns\[0\] must name a field/,
    );
  });

  test('gcs is told what to use in its place', () => {
    const spec = specOf({ gcs: { bucket: 'mta-data-lake' } });
    expect(() => createDelivery(spec, tumbling, contextOf())).toThrow(
      expect.objectContaining({
        code: 'ConfigInvalid',
        message: 'sink gcs cannot be used in a local run; add --sink file:DIR or --sink console',
      }),
    );
  });
});
