import { describe, expect, test } from '@jest/globals';
import type { JobResource } from '../resources/kube-object.ts';
import { evaluateManifest, evaluateSpec, SpecVerdicts } from './evaluate.ts';

const SPEC = {
  topic: { name: 'in' },
  schema: {
    format: 'csv',
    fields: [
      { name: 'TIME', type: 'timestamp', format: 'epochMillis' },
      { name: 'KEY', type: 'string' },
      { name: 'VALUE', type: 'long' },
    ],
    eventTime: 'TIME',
    key: { fields: ['KEY'] },
  },
  window: { type: 'tumbling', size: '10s', groupBy: ['KEY'], aggregate: { SUM: { sum: 'VALUE' } } },
  sink: { console: { format: 'csv' } },
};

function resource(patch: Record<string, unknown> = {}, metadata: Partial<JobResource['metadata']> = {}): JobResource {
  return {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: {
      name: 'job',
      namespace: 'n',
      uid: 'u1',
      generation: 1,
      resourceVersion: '12',
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['streamjob.dev/kafka-cleanup'],
      ...metadata,
    },
    spec: { ...SPEC, ...patch },
    status: { phase: 'no such phase' } as never,
  };
}

const filtering = (filter: string): Record<string, unknown> => ({ steps: [{ name: 'some', filter }] });

describe('a spec that can run', () => {
  test('is the job with its defaults and its name, and what the planner says of it', () => {
    const verdict = evaluateSpec(resource());
    expect(verdict).toMatchObject({
      sound: {
        stages: 1,
        growth: 'keyed',
        job: { metadata: { name: 'job', namespace: 'n' }, spec: { topic: { partitions: 1 }, onError: 'deadLetter' } },
        fingerprint: expect.stringContaining('topic.name='),
      },
    });
    expect(JSON.stringify(verdict)).not.toContain('resourceVersion');
  });

  test('behind a shuffle has two stages and may grow', () => {
    const window = { ...SPEC.window, shuffle: 'always' };
    expect(evaluateSpec(resource({ window }))).toMatchObject({ sound: { stages: 2, growth: 'free' } });
  });
});

describe('a spec that cannot run tells all problems with their paths', () => {
  test.each([
    {
      name: 'of the schema',
      patch: { topic: { name: 'in', partitions: 0 }, onError: 'ignore' },
      paths: ['spec.topic.partitions', 'spec.onError'],
    },
    {
      name: 'of rules over several parts',
      patch: { window: { ...SPEC.window, groupBy: ['NO'] } },
      paths: ['spec.window.groupBy[0]'],
    },
    {
      name: 'of expressions, which the API server does not see',
      patch: filtering('VALUE >'),
      paths: ['spec.steps[0].filter'],
    },
    { name: 'of types in expressions', patch: filtering('VALUE + KEY'), paths: ['spec.steps[0].filter'] },
    {
      name: 'of routes of results',
      patch: { sink: { kafka: { topic: 'out', routes: [{ when: 'SUMM > 1', topic: 'big' }] } } },
      paths: ['spec.sink.kafka.routes[0].when'],
    },
  ])('$name', ({ patch, paths }) => {
    const verdict = evaluateSpec(resource(patch));
    expect('problems' in verdict && verdict.problems.map(({ path }) => path)).toEqual(paths);
  });

  test.each([undefined, null, 'text', [], {}])('%j is no job', (manifest) => {
    expect(evaluateManifest(manifest)).toHaveProperty('problems');
  });
});

describe('verdicts that are kept', () => {
  test('a generation is judged once, another one, or another job of the name, anew', () => {
    const verdicts = new SpecVerdicts(10);
    const first = verdicts.of(resource());
    expect(verdicts.of(resource({}, { resourceVersion: '13' }))).toBe(first);
    expect(verdicts.of(resource({ onError: 'ignore' }, { generation: 2 }))).toHaveProperty('problems');
    expect(verdicts.of(resource({}, { uid: 'u2' }))).not.toBe(first);
    expect(verdicts.of(resource())).toBe(first);
  });

  test('those that nobody has wanted for longest go first', () => {
    const verdicts = new SpecVerdicts(2);
    const [one, two] = [resource({}, { uid: 'u1' }), resource({}, { uid: 'u2' })];
    const [first, second] = [verdicts.of(one), verdicts.of(two)];
    expect(verdicts.of(one)).toBe(first);
    verdicts.of(resource({}, { uid: 'u3' }));
    expect(verdicts.of(one)).toBe(first);
    expect(verdicts.of(two)).not.toBe(second);
  });

  test('a manifest that a revision holds is judged like a resource; broken JSON is a problem', () => {
    const verdicts = new SpecVerdicts(10);
    const { apiVersion, kind, spec } = resource();
    const json = JSON.stringify({ apiVersion, kind, metadata: { name: 'job', namespace: 'n' }, spec });
    expect(verdicts.ofJson(json)).toEqual(evaluateSpec(resource()));
    expect(verdicts.ofJson(json)).toBe(verdicts.ofJson(json));
    expect(verdicts.ofJson('{')).toHaveProperty('problems');
  });
});
