import { describe, expect, it, test } from '@jest/globals';
import { parseStreamJob } from '../../crds/parse.ts';
import { IDENTITY, OPTIONS, draftOf } from '../../test/builders/owned-objects.ts';
import type { SpecPatch } from '../../test/builders/stream-job.ts';
import { streamJob, TUMBLING } from '../../test/builders/stream-job.ts';
import type { KubeObject } from './kube-object.ts';
import type { Revision, RevisionDraft } from './revision.ts';
import { desiredRevision, readRevision, revisionId } from './revision.ts';

const idOf = (patch: SpecPatch, draft: Partial<RevisionDraft> = {}): string =>
  revisionId(draftOf(streamJob({ window: TUMBLING, ...patch }), draft));
const BASE = idOf({});
const TOPIC = { name: 'input', partitions: 1 };

/** The same with the members of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => reversed(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, reversed(member)])
      .reverse(),
  );
}

describe('the id of a revision', () => {
  it('is eight hexadecimal digits, whatever the order of members', () => {
    const job = streamJob({ window: TUMBLING });
    expect(BASE).toMatch(/^[0-9a-f]{8}$/);
    expect(revisionId(draftOf(reversed(job) as typeof job))).toBe(BASE);
  });

  test.each([
    ['the most pods', { consumer: { maxReplicas: 9 } }],
    ['the fewest pods', { consumer: { minReplicas: 2 } }],
    ['autoscaling', { consumer: { autoscaling: { lagSeconds: 5 } } }],
    ['suspension', { suspend: true }],
    ['what becomes of the run', { deletionPolicy: 'Delete' }],
    ['what becomes of the topic', { topic: { ...TOPIC, deletionPolicy: 'Delete' } }],
  ])('does not depend on %s', (_what, patch) => {
    expect(idOf(patch)).toBe(BASE);
  });

  test.each([
    ['the window', { window: { ...TUMBLING, size: '20ms' } }],
    ['the partitions', { topic: { ...TOPIC, partitions: 2 } }],
    ['the resources of a consumer', { consumer: { resources: { limits: { cpu: 1 } } } }],
    ['the image', { runtime: { image: 'registry.example/other:1' } }],
    ['the pods', { runtime: { podTemplate: { labels: { team: 'data' } } } }],
    ['the brokers', { kafka: { brokers: ['kafka:9092'] } }],
  ])('depends on %s', (_what, patch) => {
    expect(idOf(patch)).not.toBe(BASE);
  });

  it('depends on the run, and on the text of the upgrade', () => {
    expect(idOf({}, { identity: { ...IDENTITY, run: 'other' } })).not.toBe(BASE);
    expect(idOf({}, { upgrade: '2' })).not.toBe(BASE);
  });

  it('does not depend on the operator, its image and its defaults', () => {
    const options = { ...OPTIONS, operatorVersion: '2', defaultResources: {}, image: 'registry.example/streamjob:2' };
    expect(idOf({}, { options, image: options.image })).toBe(BASE);
  });
});

const PRODUCED = { producer: { source: { people: {} } } };
const REVISION = desiredRevision(draftOf(streamJob(PRODUCED), { upgrade: '2024-07' }));
const { configMap: CONFIG_MAP } = REVISION;

describe('a revision', () => {
  it('is written down so that it can be read', () => {
    // As the API server gives it back.
    const metadata = {
      ...CONFIG_MAP.metadata,
      uid: 'u',
      resourceVersion: '7',
      creationTimestamp: '2024-07-22T00:00:00Z',
    };
    const found = JSON.parse(JSON.stringify({ ...CONFIG_MAP, metadata })) as KubeObject;
    expect(readRevision(found)).toEqual(JSON.parse(JSON.stringify(REVISION)) as Revision);
  });

  it('has the manifest as the pods get it, which passes as one', () => {
    const text = CONFIG_MAP.data!['job.json']!;
    expect(JSON.parse(text)).toMatchObject({ metadata: { name: 'mta-turnstile', namespace: 'transit' } });
    expect(parseStreamJob(JSON.parse(text))).toHaveProperty('job');
  });

  it('has the id that its own manifest gives, so that one can tell whether a later schema reads it the same', () => {
    const read = readRevision(CONFIG_MAP)!;
    const job = parseStreamJob(read.job) as { job: ReturnType<typeof streamJob> };
    const identity = { ...IDENTITY, run: read.run };
    expect(revisionId({ ...job, identity, upgrade: read.upgrade })).toBe(read.revision);
  });

  it('is the same text whatever the order of members', () => {
    const job = streamJob(PRODUCED);
    expect(desiredRevision(draftOf(reversed(job) as typeof job, { upgrade: '2024-07' })).configMap).toEqual(CONFIG_MAP);
  });

  it('has no producer where the job has none', () => {
    const revision = desiredRevision(draftOf(streamJob()));
    expect(revision.templates).not.toHaveProperty('producer');
    expect(readRevision(revision.configMap)?.templates).not.toHaveProperty('producer');
  });
});

const damaged = (patch: Partial<KubeObject>): KubeObject => ({ ...CONFIG_MAP, ...patch });
const withData = (name: string, text: string): KubeObject => damaged({ data: { ...CONFIG_MAP.data, [name]: text } });
const podsWith = (patch: object): KubeObject =>
  withData('pods.json', JSON.stringify({ ...(JSON.parse(CONFIG_MAP.data!['pods.json']!) as object), ...patch }));
const { metadata: METADATA } = CONFIG_MAP;

describe('no revision is read of a ConfigMap', () => {
  test.each([
    ['without data', damaged({ data: {} })],
    ['whose manifest is cut', withData('job.json', CONFIG_MAP.data!['job.json']!.slice(0, -1))],
    ['whose manifest is no object', withData('job.json', 'null')],
    ['whose templates are cut', withData('pods.json', '{')],
    ['without an image', podsWith({ image: undefined })],
    ['without a consumer', podsWith({ consumer: undefined })],
    ['whose consumer is privileged', podsWith({ consumer: { metadata: {}, spec: { hostPID: true } } })],
    ['whose producer is privileged', podsWith({ producer: { metadata: {}, spec: { hostPID: true } } })],
    ['of another name', damaged({ metadata: { ...METADATA, name: 'mta-turnstile-00000000' } })],
    ['without labels', damaged({ metadata: { ...METADATA, labels: {} } })],
    ['without the name of its job', damaged({ metadata: { ...METADATA, annotations: {} } })],
  ])('%s', (_what, found) => {
    expect(readRevision(found)).toBeUndefined();
  });
});
