import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../resources/kube-object.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import { kafkaAt, QUIET } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

const WITH_PRODUCER = {
  'spec.producer': { source: { file: { path: 'rides.csv' } } },
};

const imageOf = (deployment: KubeObject | undefined): string =>
  (deployment!.spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]!.image;

describe('a job that is new', () => {
  it('gets its objects, each before those that need it', () => {
    const { apply } = new World({ spec: WITH_PRODUCER }).pass();
    expect(apply.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ServiceAccount job-job',
      expect.stringMatching(/^ConfigMap job-[0-9a-f]{8}$/),
      'Service job-metrics',
      'NetworkPolicy job-job',
      'PodDisruptionBudget job-consumer',
      'Deployment job-consumer',
      'Deployment job-producer',
    ]);
  });

  it('becomes ready, and nothing is left to do', () => {
    const world = World.running();
    expect(world.condition('Ready')).toBe('True Ready');
    expect(world.pass()).toMatchObject({ apply: [], remove: [], events: [], finalizer: undefined });
  });

  it('has every object owned by it, so that Kubernetes takes them away with it', () => {
    const world = World.running({ spec: WITH_PRODUCER });
    const owners = world.owned.map(({ metadata }) => metadata.ownerReferences?.map(({ uid }) => uid));
    expect(new Set(owners.flat())).toEqual(new Set([world.job.metadata.uid]));
  });

  it('that is invalid gets nothing', () => {
    const world = new World({ spec: { 'spec.sink': {} } });
    world.reconcile();
    expect([world.owned, world.job.status?.phase]).toEqual([[], 'Failed']);
  });
});

describe('a job that runs', () => {
  it('gets back what was taken away or changed by somebody else', () => {
    const world = World.running();
    world.lose(({ kind }) => kind === 'Service');
    world.tamper('Deployment', (object) => ({ ...object, spec: { ...(object.spec as object), replicas: 7 } }));
    expect(world.pass().apply.map(({ kind }) => kind)).toEqual(['Service', 'Deployment']);
    expect(world.replicas('consumer')).toBe(2);
  });

  it('keeps what is added to its objects', () => {
    const world = World.running();
    world.tamper('Service', (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'example.com/note': 'hello' } },
    }));
    expect(world.pass().apply).toEqual([]);
  });

  it('keeps its last valid spec running while the present one is invalid, and what it owns', () => {
    const world = World.running({ spec: WITH_PRODUCER });
    const [pods, revisions] = [world.podNames(), world.revisions()];
    world.edit({ spec: { 'spec.window.groupBy': ['nowhere'] } });
    world.live();
    expect([world.podNames(), world.revisions()]).toEqual([pods, revisions]);
    expect(world.condition('SpecValid')).toBe('False InvalidSpec');
    expect(world.job.status?.phase).toBe('Running');
  });

  it('is repaired as the last valid spec has it, also while the present one is invalid', () => {
    const world = World.running();
    const pods = world.podNames();
    world.edit({ spec: { 'spec.window.groupBy': ['nowhere'] } });
    world.lose(({ kind }) => kind === 'Service');
    world.live();
    expect(world.find('Service')).toBeDefined();
    expect(world.podNames()).toEqual(pods);
  });

  it('is left alone if its revision is lost while the present spec is invalid', () => {
    const world = World.running();
    world.edit({ spec: { 'spec.window.groupBy': ['nowhere'] } });
    world.lose(({ kind }) => kind === 'ConfigMap');
    world.live();
    expect(world.replicas('consumer')).toBe(2);
  });

  it('loses its producer, with its pods, when the manifest has none any more', () => {
    const world = World.running({ spec: WITH_PRODUCER });
    world.edit({});
    world.live();
    expect(world.find('Deployment', '-producer')).toBeUndefined();
  });

  it('is rolled by a change that its pods have to know', () => {
    const world = World.running();
    const before = world.podNames();
    world.edit({ spec: { 'spec.window.watermark': { delay: '5s' } } });
    world.live();
    expect(world.podNames()).not.toEqual(before);
    expect(world.revisions()).toHaveLength(2);
  });

  it.each([
    ['deletionPolicy', { 'spec.deletionPolicy': 'Delete' }],
    ['topic.deletionPolicy', { 'spec.topic.deletionPolicy': 'Delete' }],
    ['maxReplicas', { 'spec.consumer': { maxReplicas: 3 } }],
  ])('is not rolled by a change of %s', (_, spec) => {
    const world = World.running();
    const before = world.podNames();
    world.edit({ spec });
    world.live();
    expect(world.podNames()).toEqual(expect.arrayContaining(before));
  });

  it('follows the number of pods in the manifest, also where the rest of it cannot run', () => {
    const world = World.running();
    world.edit({ spec: { 'spec.consumer': { maxReplicas: 3 }, 'spec.window.size': '5m' } });
    world.live();
    expect([world.condition('SpecValid'), world.replicas('consumer')]).toEqual(['False StateDoesNotFit', 3]);
  });

  it('goes back to the revision before when its spec does, with the very pods that it had', () => {
    const world = World.running();
    const before = world.podNames();
    world.edit({ spec: { 'spec.window.watermark': { delay: '5s' } } });
    world.live();
    world.edit({});
    world.live();
    expect(world.podNames()).toEqual(before);
  });
});

describe('the image of a job', () => {
  it('stays when another version of the operator comes, with all of the pods', () => {
    const world = World.running();
    const before = world.podNames();
    world.options = {
      ...world.options,
      image: 'streamjob-runtime:2',
      operatorVersion: '2.0.0',
      defaultResources: { limits: { cpu: 1 } },
    };
    world.live();
    expect(world.podNames()).toEqual(before);
    expect(world.condition('RuntimeOutdated')).toBe('True Outdated');
    expect(world.job.status?.runtimeImage).toBe('streamjob-runtime:1');
  });

  it('becomes the operator’s when a person asks for it', () => {
    const world = World.running();
    world.options = { ...world.options, image: 'streamjob-runtime:2' };
    world.edit({ annotations: { [ANNOTATIONS.upgrade]: '2' } });
    world.live();
    expect(imageOf(world.find('Deployment', '-consumer'))).toBe('streamjob-runtime:2');
    expect(world.condition('RuntimeOutdated')).toBe('False Current');
  });

  it('is the one of the manifest where that names one, and never outdated', () => {
    const world = World.running({ spec: { 'spec.runtime': { image: 'mine:1' } } });
    expect(imageOf(world.find('Deployment', '-consumer'))).toBe('mine:1');
    expect(world.condition('RuntimeOutdated')).toBe('False Current');
  });
});

describe('the operator after a restart', () => {
  it('leaves a job ready that is, before Kafka has been asked', () => {
    const world = World.running();
    world.kafka = kafkaAt({ progress: { ...QUIET, deadLetters: 2 } });
    world.live();
    const before = world.job.status;
    world.events.length = 0;
    world.kafka = {};
    world.live();
    expect(world.job.status?.conditions).toEqual(before?.conditions);
    expect(world.events).toEqual([]);
  });
});
