import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamJob } from '../../test/builders/stream-job.ts';
import { manifest } from '../../test/crd/manifests.ts';
import { brokersOf, jobIdentity, readJobFile } from './job-file.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'job-file-'));
  file = path.join(folder, 'job.json');
});

afterEach(() => rm(folder, { recursive: true }));

describe('readJobFile', () => {
  it('reads a manifest and applies defaults', async () => {
    await writeFile(file, JSON.stringify(manifest()));
    const job = await readJobFile(file);
    expect(job.metadata.name).toBe('job');
    expect(job.spec.onError).toBe('deadLetter');
  });

  it.each<{ title: string; content: string | Uint8Array; want: string }>([
    { title: 'what is no JSON', content: 'spec: {password: hunter2}', want: 'is not valid JSON; it is written by' },
    { title: 'what is no text', content: Uint8Array.of(0xff), want: 'cannot be read: it is not UTF-8 text' },
    {
      title: 'all that is wrong with a manifest, in one line',
      content: JSON.stringify(manifest({ 'spec.topic.partitions': 0, 'spec.window.size': '5x' })),
      want: 'is not a StreamJob as this version knows it: spec.topic.partitions: must be',
    },
  ])('says $title', async ({ content, want }) => {
    await writeFile(file, content);
    const failure = readJobFile(file);
    await expect(failure).rejects.toMatchObject({ code: 'ConfigInvalid' });
    const { message } = (await failure.catch((error: unknown) => error)) as Error;
    expect(message).toContain(`the job file ${file} ${want}`);
    expect(message).not.toMatch(/\n|hunter2/);
  });

  it('names every problem', async () => {
    await writeFile(file, JSON.stringify(manifest({ 'spec.topic.partitions': 0, 'spec.window.size': '5x' })));
    await expect(readJobFile(file)).rejects.toThrow(/spec\.topic\.partitions: .*; spec\.window\.size: /);
  });

  it.each([
    { title: 'there is none', name: 'other.json', want: 'there is no such file; set STREAMJOB_JOB_FILE' },
    { title: 'it is a directory', name: '.', want: 'it is a directory' },
  ])('says that $title', async ({ name, want }) => {
    const failure = readJobFile(path.join(folder, name));
    await expect(failure).rejects.toMatchObject({ code: 'ConfigInvalid', message: expect.stringContaining(want) });
  });
});

describe('jobIdentity', () => {
  const jobIn = (namespace?: string): ReturnType<typeof streamJob> => ({
    ...streamJob(),
    metadata: { name: 'rides', ...(namespace === undefined ? {} : { namespace }) },
  });

  it('takes names from the manifest', () => {
    const identity = { namespace: 'taxi', name: 'rides', uid: 'u', run: 'k3x9' };
    expect(jobIdentity(jobIn('taxi'), { uid: 'u', run: 'k3x9' })).toEqual(identity);
  });

  it.each([
    { title: 'no namespace', namespace: undefined, want: /metadata\.namespace of the StreamJob rides is missing/ },
    {
      title: 'a namespace that Kubernetes does not know',
      namespace: 'a.b',
      want: /not the namespace of a job: "a\.b"/,
    },
  ])('refuses $title', ({ namespace, want }) => {
    const identify = (): unknown => jobIdentity(jobIn(namespace), { uid: 'u', run: 'k3x9' });
    expect(identify).toThrow(expect.objectContaining({ code: 'ConfigInvalid', message: expect.stringMatching(want) }));
  });
});

describe('brokersOf', () => {
  const own = streamJob({ kafka: { brokers: ['own:9092'] } });
  it.each([
    { title: 'the manifest’s before the default', job: own, defaults: ['default:9092'], want: ['own:9092'] },
    { title: 'the default', job: streamJob(), defaults: ['default:9092'], want: ['default:9092'] },
  ])('takes $title', ({ job, defaults, want }) => {
    expect(brokersOf(job, defaults)).toEqual(want);
  });

  it('needs one of the two', () => {
    expect(() => brokersOf(streamJob(), [])).toThrow(/set spec\.kafka\.brokers, or STREAMJOB_BROKERS/);
  });
});
