import { describe, expect, it } from '@jest/globals';
import type { Changes } from '../../test/crd/manifests.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import { FINALIZER } from '../resources/names.ts';
import { runOf } from '../resources/run.ts';
import { jobResource, kafkaAt } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

const DELETE: Changes = { 'spec.deletionPolicy': 'Delete', 'spec.topic.deletionPolicy': 'Delete' };
const RUN = runOf(jobResource());
const PEER = { namespace: 'team', name: 'other', createdAt: '2024-01-01T00:00:00Z', hasProducer: false };

function deleted(spec: Changes = DELETE): World {
  const world = World.running({ spec });
  world.delete();
  return world;
}

describe('the finalizer', () => {
  it.each<{ name: string; spec: Changes; want: readonly string[] | undefined }>([
    { name: 'is not set where all is retained', spec: {}, want: undefined },
    { name: 'is set where internal topics go', spec: { 'spec.deletionPolicy': 'Delete' }, want: [FINALIZER] },
    { name: 'is set where the topic goes', spec: { 'spec.topic.deletionPolicy': 'Delete' }, want: [FINALIZER] },
    {
      name: 'is set though the rest of the spec is invalid',
      spec: { 'spec.deletionPolicy': 'Delete', 'spec.sink': {} },
      want: [FINALIZER],
    },
  ])('$name', ({ spec, want }) => {
    expect(World.running({ spec }).job.metadata.finalizers).toEqual(want);
  });

  it('is set before anything is made', () => {
    const { finalizer, apply } = new World({ spec: DELETE }).pass();
    expect([finalizer, apply.length > 0]).toEqual(['add', true]);
  });

  it('goes when everything is to be retained after all', () => {
    const world = World.running({ spec: DELETE });
    world.edit({});
    world.live();
    expect(world.job.metadata.finalizers).toEqual([]);
  });
});

describe('a job that is deleted', () => {
  it('is left to Kubernetes where it has no finalizer', () => {
    const world = deleted({});
    expect(world.pass()).toMatchObject({
      apply: [],
      remove: [],
      cleanup: undefined,
      finalizer: undefined,
      status: undefined,
    });
  });

  it('loses its pods first', () => {
    const world = deleted({ ...DELETE, 'spec.producer': { source: { file: { path: 'a.csv' } } } });
    const { remove, cleanup, finalizer, requeueMillis } = world.pass();
    expect(remove.map(({ name }) => name)).toEqual(['job-consumer', 'job-producer']);
    expect([cleanup, finalizer, requeueMillis! > 0]).toEqual([undefined, undefined, true]);
    expect(world.job.status?.phase).toBe('Deleting');
  });

  it('waits for the pods to leave', () => {
    const world = deleted();
    world.pass();
    expect(world.pass()).toMatchObject({ remove: [], cleanup: undefined, finalizer: undefined });
    expect(world.isGone).toBe(false);
  });

  it('then loses what it keeps in Kafka, and the finalizer after that', () => {
    const world = deleted();
    world.pass();
    world.settle();
    expect(world.pass()).toMatchObject({ cleanup: { runs: [RUN], topic: 'rides' }, finalizer: 'remove' });
    expect(world.isGone).toBe(true);
  });

  it.each<{ name: string; spec: Changes; want: unknown }>([
    {
      name: 'its topic stays where only internal ones go',
      spec: { 'spec.deletionPolicy': 'Delete' },
      want: [{ runs: [RUN], topic: undefined }],
    },
    {
      name: 'internal topics stay where only its topic goes',
      spec: { 'spec.topic.deletionPolicy': 'Delete' },
      want: [{ runs: [], topic: 'rides' }],
    },
  ])('$name', ({ spec, want }) => {
    const world = deleted(spec);
    world.live();
    expect([world.isGone, world.cleanups]).toEqual([true, want]);
  });

  it('leaves a topic that another job reads', () => {
    const world = deleted();
    world.peers = [PEER];
    world.live();
    expect(world.cleanups).toEqual([{ runs: [RUN], topic: undefined }]);
  });

  it('has nothing to clean where another job reads the topic and the rest is retained', () => {
    const world = deleted({ 'spec.topic.deletionPolicy': 'Delete' });
    world.peers = [PEER];
    world.live();
    expect([world.isGone, world.cleanups, world.events]).toEqual([true, [], []]);
  });

  it('takes every run with it that it knows of', () => {
    const world = World.running({ spec: DELETE });
    world.edit({ spec: DELETE, annotations: { [ANNOTATIONS.newRun]: '2' } });
    world.delete();
    world.live();
    expect(world.cleanups[0]?.runs.toSorted()).toEqual([RUN, runOf(world.job)].toSorted());
  });

  it('is cleaned by its last valid spec where the present one is invalid', () => {
    const world = World.running({ spec: DELETE });
    world.edit({ spec: { ...DELETE, 'spec.window.groupBy': ['nowhere'] } });
    world.live();
    world.delete();
    world.live();
    expect(world.cleanups).toEqual([{ runs: [RUN], topic: 'rides' }]);
  });

  it('gives up in the end, and says what stays', () => {
    const world = deleted();
    world.pass();
    world.settle();
    world.kafka = kafkaAt({ trouble: { code: 'LogUnavailable', message: 'no route to kafka:9092' } });
    world.now += world.options.cleanupMillis + 1;
    expect(world.pass()).toMatchObject({ cleanup: undefined, finalizer: 'remove' });
    expect(world.events).toEqual([
      { type: 'Warning', reason: 'CleanupGivenUp', message: expect.stringContaining('no route to kafka:9092') },
    ]);
  });

  it('gives up on pods that do not go, but removes their Deployments before', () => {
    const world = deleted();
    world.now += world.options.cleanupMillis + 1;
    expect(world.pass().remove).toHaveLength(1);
    expect(world.pass().finalizer).toBe('remove');
  });

  it('does not wait for a Deployment that is about to go', () => {
    const world = deleted();
    world.tamper('Deployment', (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' },
    }));
    expect(world.pass().remove).toEqual([]);
  });
});

describe('a job that is paused', () => {
  const paused = { annotations: { [ANNOTATIONS.paused]: 'true' } };

  it('has nothing written, whatever is wrong', () => {
    const world = World.running();
    world.lose(() => true);
    world.edit({ spec: DELETE, ...paused });
    expect(world.pass()).toMatchObject({ apply: [], remove: [], events: [], status: undefined, finalizer: undefined });
  });

  it('ends all the same when it is deleted', () => {
    const world = World.running({ spec: DELETE });
    world.edit({ spec: DELETE, ...paused });
    world.delete();
    world.live();
    expect(world.isGone).toBe(true);
  });

  it('keeps what the scaler remembers', () => {
    const world = World.running();
    world.scaling = { recommended: [{ at: 1, replicas: 2 }] };
    world.edit(paused);
    expect(world.pass().scaling).toEqual(world.scaling);
  });

  it('is not paused by any other text', () => {
    const world = World.running();
    world.lose(({ kind }) => kind === 'Service');
    world.edit({ annotations: { [ANNOTATIONS.paused]: 'false' } });
    expect(world.pass().apply).toHaveLength(1);
  });
});
