import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../resources/labels.ts';
import { kafkaAt, NOW, progressAt, QUIET } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

const WITH_PRODUCER = {
  'spec.producer': { source: { file: { path: 'rides.csv' } } },
};

const BOUNDED = { 'spec.stopAt': { position: 'latest' } };
const DONE = kafkaAt({ progress: { ...QUIET, isDone: true } });

describe('a new run', () => {
  const again = { annotations: { [ANNOTATIONS.newRun]: '2' } };

  it('comes only when the pods of the run before have left', () => {
    const world = World.running({ spec: WITH_PRODUCER });
    const [revision] = world.revisions();
    world.edit({ spec: WITH_PRODUCER, ...again });
    world.reconcile();
    expect([world.replicas('consumer'), world.replicas('producer'), world.revisions()]).toEqual([0, 0, [revision]]);
    expect(world.condition('Deployed')).toBe('Unknown Deploying');
    world.settle();
    world.reconcile();
    expect([world.replicas('consumer'), world.replicas('producer')]).toEqual([2, 1]);
    expect(world.revisions()).toContain(revision);
  });

  it('has its own id in the status once it has begun', () => {
    const world = World.running();
    const before = world.job.status?.run;
    world.edit(again);
    world.reconcile();
    expect(world.job.status?.run).toBe(before);
    world.live();
    expect(world.job.status?.run).not.toBe(before);
  });

  it('also waits for the pods when the revision that they were made of is lost', () => {
    const world = World.running();
    world.lose(({ kind }) => kind === 'ConfigMap');
    world.edit(again);
    world.reconcile();
    expect(world.replicas('consumer')).toBe(0);
    world.live();
    expect(world.replicas('consumer')).toBe(2);
  });

  it('starts with no numbers of the run before', () => {
    const world = World.running();
    world.kafka = kafkaAt({ progress: progressAt(NOW, [[5, 5]], { deadLetters: 3 }) });
    world.live();
    expect(world.job.status?.deadLetters).toBe(3);
    world.kafka = kafkaAt();
    const { progress: _, ...nothing } = world.kafka;
    world.kafka = nothing;
    world.edit(again);
    world.live();
    expect([world.job.status?.lag, world.job.status?.deadLetters]).toEqual([undefined, undefined]);
  });
});

describe('a bounded run', () => {
  it('ends with no pods', () => {
    const world = World.running({ spec: BOUNDED });
    world.kafka = DONE;
    world.live();
    expect([world.job.status?.phase, world.pods]).toEqual(['Completed', []]);
    expect(world.condition('Ready')).toBe('False Completed');
  });

  it('stays completed though Kafka has forgotten where it was', () => {
    const world = World.running({ spec: BOUNDED });
    world.kafka = DONE;
    world.live();
    world.kafka = {};
    world.live();
    expect([world.job.status?.phase, world.replicas('consumer')]).toEqual(['Completed', 0]);
  });

  it('runs again as a new run', () => {
    const world = World.running({ spec: BOUNDED });
    world.kafka = DONE;
    world.live();
    world.kafka = kafkaAt();
    world.edit({ spec: BOUNDED, annotations: { [ANNOTATIONS.newRun]: 'again' } });
    world.live();
    expect([world.job.status?.phase, world.replicas('consumer')]).toEqual(['Running', 2]);
  });

  it('is told once when it has ended', () => {
    const world = World.running({ spec: BOUNDED });
    world.kafka = DONE;
    world.live();
    world.live();
    expect(world.events.map(({ reason }) => reason)).toEqual(['Completed']);
  });
});

describe('a job that is suspended', () => {
  const suspended = { spec: { 'spec.suspend': true, ...WITH_PRODUCER } };

  it('has no pods, and all that they need to come back', () => {
    const world = World.running({ spec: WITH_PRODUCER });
    world.edit(suspended);
    world.reconcile();
    expect(world.condition('Suspended')).toBe('False Draining');
    world.live();
    expect([world.pods, world.revisions().length]).toEqual([[], 1]);
    expect([world.condition('Suspended'), world.job.status?.phase]).toEqual(['True Suspended', 'Suspended']);
  });

  it('comes back with the pods that it had', () => {
    const world = World.running({ spec: WITH_PRODUCER });
    const before = world.podNames();
    world.edit(suspended);
    world.live();
    world.edit({ spec: WITH_PRODUCER });
    world.live();
    expect(world.podNames()).toEqual(before);
  });

  it('comes back with the fewest pods where lag decides', () => {
    const scaled = { 'spec.consumer': { minReplicas: 2, maxReplicas: 8, autoscaling: {} } };
    const world = World.running({ spec: scaled });
    world.now += 60_000;
    const [progress, earlier] = [progressAt(world.now, [[10, 10_000]]), progressAt(world.now - 15_000, [[5, 9000]])];
    world.kafka = kafkaAt({ progress, earlier });
    world.live();
    expect(world.replicas('consumer')).toBe(4);
    world.edit({ spec: { ...scaled, 'spec.suspend': true } });
    world.live();
    world.edit({ spec: scaled });
    world.live();
    expect(world.replicas('consumer')).toBe(2);
  });

  it('can be made so while its spec is invalid', () => {
    const world = World.running();
    world.edit({ spec: { 'spec.suspend': true, 'spec.window.groupBy': ['nowhere'] } });
    world.live();
    expect(world.pods).toEqual([]);
  });
});
