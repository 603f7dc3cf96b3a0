/**
 * The CustomResourceDefinition on a real API server: it is accepted, it takes every sound manifest with the same
 * defaults that parseStreamJob applies, and it refuses every broken one that it can tell, naming the field.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseStreamJob } from '../../crds/parse.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import type { Answer, ApiServer } from '../harness/apiserver.ts';
import { describeIf } from '../harness/skip.ts';
import { BROKEN } from './broken/index.ts';
import { LARGEST } from './largest.ts';
import { manifest } from './manifests.ts';
import { SOUND } from './sound.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const JOBS = '/apis/streamjob.dev/v1alpha1/namespaces/default/streamjobs';
const STRICT = '?fieldValidation=Strict';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const MINUTE = 60_000;

type Json = Record<string, unknown>;
type Schema = Readonly<{
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
}>;

const why = whyNoPrograms();

describeIf(why === undefined, why ?? '', 'the StreamJob CRD on a real API server', () => {
  let server: ApiServer;
  const crd = parse(readFileSync(path.join(import.meta.dirname, '../../crds/streamjobs.yaml'), 'utf8')) as Json;

  beforeAll(async () => {
    server = await startApiServer();
    const answer = await server.request('POST', CRDS, crd);
    if (answer.status !== 201) throw new Error(`the API server refuses the CRD: ${messageOf(answer)}`);
    await established(server);
  }, 30 * MINUTE);

  afterAll(() => server?.stop());

  it.each(SOUND)('accepts $name and applies the same defaults', async ({ changes }) => {
    const document = manifest(changes);
    const { status, body } = await server.request('POST', `${JOBS}${STRICT}&dryRun=All`, document);
    expect([status, messageOf({ status, body })]).toEqual([201, undefined]);
    expect((body as Json)['spec']).toEqual(specOf(document));
  });

  it.each(BROKEN.filter((row) => row.server !== 'none'))('refuses $name ($server)', async (row) => {
    const answer = await server.request('POST', `${JOBS}${STRICT}&dryRun=All`, manifest(row.changes));
    const words = row.server === 'cel' ? (row.serverMessage ?? row.message.replace(/; got [^]*$/, '')) : '';
    expect([400, 422]).toContain(answer.status);
    expect(messageOf(answer)).toMatch(serverPath(row.serverPath ?? row.path));
    expect(messageOf(answer)).toContain(words);
  });

  // A row that the API server learns to refuse belongs to its other rows.
  it.each(BROKEN.filter((row) => row.server === 'none'))('cannot tell $name', async ({ changes }) => {
    expect(await server.request('POST', `${JOBS}${STRICT}&dryRun=All`, manifest(changes))).toMatchObject({
      status: 201,
    });
  });

  it.each([
    ['as it is', LARGEST],
    ['with types that CEL follows', { ...LARGEST, spec: { ...LARGEST.spec, steps: LARGEST.spec.steps.slice(1) } }],
  ])(
    'accepts a manifest at all its maximums, %s',
    async (_, document) => {
      const answer = await server.request('POST', `${JOBS}${STRICT}&dryRun=All`, document);
      expect([answer.status, messageOf(answer)]).toEqual([201, undefined]);
    },
    MINUTE,
  );

  it(
    'accepts every example',
    async () => {
      for (const [file, example] of examples()) {
        const answer = await server.request('POST', `${JOBS}${STRICT}&dryRun=All`, example);
        expect([file, answer.status, messageOf(answer)]).toEqual([file, 201, undefined]);
      }
    },
    MINUTE,
  );

  it('publishes a description of every field, which kubectl explain shows', async () => {
    const { body } = await server.request('GET', '/openapi/v3/apis/streamjob.dev/v1alpha1');
    const schemas = (body as { components: { schemas: Record<string, Schema> } }).components.schemas;
    const { spec, status } = schemas['dev.streamjob.v1alpha1.StreamJob']!.properties!;
    expect([...silent(spec!, 'spec'), ...silent(status!, 'status')]).toEqual([]);
  });

  it('prints the columns that people look at, and scales by maxReplicas', async () => {
    const created = await server.request('POST', JOBS, manifest({ 'metadata.name': 'shown' }));
    expect(created.status).toBe(201);
    const status = {
      phase: 'Running',
      ready: '3/3',
      partitions: 2,
      lag: 5_000_000_000,
      watermark: '2024-01-31T08:00:00Z',
      deadLetters: 0,
      replicas: 2,
      selector: 'a=b',
    };
    const patched = await server.request('PATCH', `${JOBS}/shown/status`, { status }, MERGE);
    expect(patched).toMatchObject({ status: 200, body: { status } });

    const scaled = await server.request('PATCH', `${JOBS}/shown/scale`, { spec: { replicas: 5 } }, MERGE);
    expect(scaled).toMatchObject({
      status: 200,
      body: { spec: { replicas: 5 }, status: { replicas: 2, selector: 'a=b' } },
    });
    expect(await server.request('GET', `${JOBS}/shown`)).toMatchObject({
      body: { spec: { consumer: { maxReplicas: 5 } } },
    });

    const table = await server.request('GET', JOBS, undefined, {
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    });
    const { columnDefinitions, rows } = table.body as {
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    expect(columnDefinitions.map(({ name }) => name)).toEqual([
      'Name',
      'PHASE',
      'READY',
      'PARTITIONS',
      'LAG',
      'WATERMARK',
      'DLQ',
      'AGE',
      'RUN',
      'MESSAGE',
    ]);
    expect(rows[0]!.cells.slice(0, 5)).toEqual(['shown', 'Running', '3/3', 2, 5_000_000_000]);
  });
});

async function established(server: ApiServer): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { status } = await server.request('GET', '/openapi/v3/apis/streamjob.dev/v1alpha1');
    const jobs = await server.request('GET', JOBS);
    if (status === 200 && jobs.status === 200) return;
    await delay(100);
  }
  throw new Error('the StreamJob API did not appear within 10 s');
}

function examples(): [string, unknown][] {
  const folder = path.join(import.meta.dirname, '../../examples');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.map((file) => [file, parse(readFileSync(path.join(folder, file), 'utf8'))]);
}

const messageOf = ({ body }: Answer): string | undefined => (body as { message?: string }).message;

function specOf(document: Json): unknown {
  const parsed = parseStreamJob(document);
  return 'job' in parsed ? parsed.job.spec : parsed.problems;
}

/** The API server writes a member of a map in brackets where a rule finds it, and after a dot where the structure does. */
const serverPath = (at: string): RegExp => new RegExp(escaped(at).replaceAll(/\\\.([\w-]+)/g, '(\\.$1|\\[$1\\])'));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The fields below a schema that have no description. */
function silent(schema: Schema, at: string): string[] {
  const { properties = {}, items, additionalProperties } = schema;
  const own = Object.entries(properties).flatMap(([name, member]) => [
    ...(member.description ? [] : [`${at}.${name}`]),
    ...silent(member, `${at}.${name}`),
  ]);
  return [
    ...own,
    ...(items ? silent(items, `${at}[]`) : []),
    ...(additionalProperties ? silent(additionalProperties, `${at}.*`) : []),
  ];
}
