import { describe, expect, it } from '@jest/globals';
import { secret } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

const SASL = { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'login' } };
const KAFKA = { brokers: ['kafka:9092'] };

describe('Secrets of a job', () => {
  const secured = { 'spec.kafka': { ...KAFKA, sasl: SASL } };
  const running = (): World => {
    const world = new World({ spec: secured });
    world.inputs = [secret('login', ['username', 'password'])];
    world.live();
    return world;
  };

  it('roll the pods once when they are rotated', () => {
    const world = running();
    const before = world.podNames();
    world.inputs = [secret('login', ['username', 'password'], '2')];
    world.live();
    expect(world.podNames()).not.toEqual(before);
    expect(world.revisions()).toHaveLength(1);
  });

  it.each([
    ['are deleted', [{ kind: 'Secret', name: 'login' } as const]],
    ['cannot be read', [{ kind: 'Secret', name: 'login', trouble: 'forbidden' } as const]],
    ['lose a key', [secret('login', ['username'], '2')]],
    ['are not known yet', []],
  ])('do not roll what runs when they %s', (_, inputs) => {
    const world = running();
    const before = world.podNames();
    world.inputs = inputs;
    world.live();
    expect(world.podNames()).toEqual(before);
  });

  it('do not roll what runs when they are missing and the spec cannot run for another reason', () => {
    const world = running();
    const before = world.podNames();
    world.edit({ spec: { ...secured, 'spec.window.size': '5m' } });
    world.inputs = [{ kind: 'Secret', name: 'login' }];
    world.live();
    expect(world.podNames()).toEqual(before);
  });

  it('of a spec that cannot run do not roll what runs without them', () => {
    const world = World.running();
    const before = world.podNames();
    world.edit({ spec: { 'spec.kafka': { ...KAFKA, sasl: SASL }, 'spec.window.size': '5m' } });
    world.inputs = [secret('login', ['username', 'password'])];
    world.live();
    expect(world.podNames()).toEqual(before);
  });

  it('start the job as soon as they come', () => {
    const world = new World({ spec: secured });
    world.inputs = [{ kind: 'Secret', name: 'login' }];
    world.live();
    expect([world.owned, world.condition('KafkaReachable')]).toEqual([[], 'False SecretNotFound']);
    world.inputs = [secret('login', ['username', 'password'])];
    world.live();
    expect(world.condition('Ready')).toBe('True Ready');
  });
});
