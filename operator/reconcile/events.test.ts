import { describe, expect, it } from '@jest/globals';
import type { Changes } from '../../test/crd/manifests.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import { kafkaAt, NOW, podOf, progressAt, QUIET } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

/** TYPE REASON of what was told since the job was ready. */
const toldBy = (world: World): string[] => world.events.map(({ type, reason }) => `${type} ${reason}`);

interface Case {
  readonly name: string;
  readonly spec?: Changes;
  readonly happens: (world: World) => void;
  readonly want: readonly string[];
}

describe('events', () => {
  it.each<Case>([
    { name: 'none while nothing happens', happens: () => undefined, want: [] },
    {
      name: 'that Kafka is away',
      happens: (world) => (world.kafka = kafkaAt({ trouble: { code: 'LogUnavailable', message: 'no route' } })),
      want: ['Warning ConnectionFailed'],
    },
    {
      name: 'that the spec is invalid',
      happens: (world) => world.edit({ spec: { 'spec.sink': {} } }),
      want: ['Warning InvalidSpec'],
    },
    {
      name: 'that a pod fails',
      happens: (world) =>
        (world.pods = [podOf({ isReady: false, failure: { reason: 'OOMKilled', message: 'out of memory' } })]),
      want: ['Warning PodsFailing'],
    },
    {
      name: 'that records are refused',
      happens: (world) => (world.kafka = kafkaAt({ progress: { ...QUIET, deadLetters: 1 } })),
      want: ['Warning DeadLetters'],
    },
    {
      name: 'that pods are added',
      happens: (world) => world.edit({ spec: { 'spec.consumer': { maxReplicas: 3 } } }),
      want: ['Normal Scaled'],
    },
    {
      name: 'none of a drift in the number of pods but the repair',
      happens: (world) =>
        world.tamper('Deployment', (object) => ({ ...object, spec: { ...(object.spec as object), replicas: 5 } })),
      want: ['Normal Scaled'],
    },
    {
      name: 'that records wait',
      happens: (world) =>
        (world.kafka = kafkaAt({ progress: progressAt(NOW, [[5, 9]]), earlier: progressAt(NOW - 15_000, [[5, 9]]) })),
      want: ['Warning Stalled', 'Warning Stalled'],
    },
    {
      name: 'none of lag that moves',
      happens: (world) =>
        (world.kafka = kafkaAt({
          progress: progressAt(NOW, [[5, 9, 2000]]),
          earlier: progressAt(NOW - 15_000, [[4, 9, 1000]]),
        })),
      want: [],
    },
  ])('tell $name', ({ spec = {}, happens, want }) => {
    const world = World.running({ spec });
    happens(world);
    for (let pass = 0; pass < 4; pass++) world.pass();
    expect(toldBy(world)).toEqual(want);
  });

  it('tell that a job is ready, once', () => {
    const world = new World();
    world.live();
    world.live();
    expect(toldBy(world)).toEqual(['Normal Ready']);
  });

  it('tell again of what has come again', () => {
    const world = World.running();
    for (const kafka of [kafkaAt({ trouble: { code: 'LogUnavailable', message: 'no route' } }), kafkaAt()]) {
      for (const _ of [1, 2]) {
        world.kafka = kafka;
        world.live();
      }
    }
    expect(toldBy(world)).toEqual(['Warning ConnectionFailed', 'Normal Ready']);
  });

  it('tell of a suspension that nobody pulled a brake, and of no trouble', () => {
    const world = World.running();
    world.kafka = kafkaAt({ progress: progressAt(NOW, [[5, 9]]), earlier: progressAt(NOW - 15_000, [[4, 9]]) });
    world.live();
    world.events.length = 0;
    world.kafka = kafkaAt({ progress: progressAt(NOW, [[5, 9]]), earlier: progressAt(NOW - 15_000, [[5, 9]]) });
    world.edit({ spec: { 'spec.suspend': true } });
    world.live();
    expect(toldBy(world)).toEqual(['Normal Suspended']);
  });

  it('tell of a new run only that it is ready', () => {
    const world = World.running();
    world.edit({ annotations: { [ANNOTATIONS.newRun]: '2' } });
    world.live();
    expect(toldBy(world).filter((told) => told.startsWith('Warning'))).toEqual([]);
    expect(toldBy(world)).toContain('Normal Ready');
  });

  it('tell nothing of pods that are left alone', () => {
    const world = World.running();
    world.lose(({ kind }) => kind === 'ConfigMap');
    world.edit({ spec: { 'spec.sink': {} } });
    world.live();
    expect(toldBy(world)).toEqual(['Warning InvalidSpec']);
  });

  it('tell how many pods there were and are', () => {
    const world = World.running();
    world.edit({ spec: { 'spec.consumer': { maxReplicas: 4 } } });
    world.live();
    expect(world.events[0]?.message).toBe('consumers 2 → 4');
  });
});
