import { describe, expect, it } from '@jest/globals';
import { podOf } from './observed.test-kit.ts';
import { World } from './world.test-kit.ts';

/** After as many changes of the spec, each of which makes a revision; the first one first. */
function changed(times: number, afterEach: (world: World) => void = () => undefined): { world: World; made: string[] } {
  const world = World.running();
  const made = world.revisions();
  for (let seconds = 1; seconds <= times; seconds++) {
    world.now += 1000;
    world.edit({ spec: { 'spec.window.watermark': { delay: `${seconds}s` } } });
    world.reconcile();
    made.push(world.revisions().find((revision) => !made.includes(revision))!);
    afterEach(world);
  }
  return { world, made };
}

describe('revisions', () => {
  it('are kept back to the one before the present one', () => {
    const { world, made } = changed(4, (each) => each.live());
    expect(world.revisions().toSorted()).toEqual(made.slice(-2).toSorted());
  });

  it('are kept while pods still use them', () => {
    const { world, made } = changed(4);
    expect(world.revisions()).toContain(made[0]);
    world.live();
    expect(world.revisions()).not.toContain(made[0]);
  });

  it('of a pod that does not go stay, however many come', () => {
    const world = World.running();
    const [revision] = world.revisions();
    for (let seconds = 1; seconds <= 4; seconds++) {
      world.edit({ spec: { 'spec.window.watermark': { delay: `${seconds}s` } } });
      world.settle();
      world.pods.push(podOf({ revision: revision!, isDeleting: true }));
      world.reconcile();
    }
    expect(world.revisions()).toContain(revision);
  });
});

describe('a revision that somebody has damaged', () => {
  it('makes way for itself: it is immutable', () => {
    const world = World.running();
    const before = world.find('ConfigMap')!;
    world.tamper('ConfigMap', (object) => ({ ...object, data: { 'job.json': '{}', 'pods.json': '{}' } }));
    const plan = world.pass();
    expect(plan.remove.map(({ kind, name }) => `${kind}/${name}`)).toEqual([`ConfigMap/${before.metadata.name}`]);
    expect(plan.apply.map(({ kind }) => kind)).toContain('ConfigMap');
    world.reconcile();
    expect(world.find('ConfigMap')!.data).toEqual(before.data);
  });
});

describe('a revision that was replaced by one that looks as good', () => {
  const otherImage = (world: World): string =>
    world.find('ConfigMap')!.data!['pods.json']!.replaceAll(world.options.image, 'somebody.example/theirs:1');

  it.each(['with a spec that runs', 'while the present spec cannot run'])('is not believed %s', (title) => {
    const world = World.running();
    const before = world.find('ConfigMap')!.data!;
    const data = { ...before, 'pods.json': otherImage(world) };
    world.tamper('ConfigMap', (object) => ({ ...object, data }));
    if (title.startsWith('while')) world.edit({ spec: { 'spec.window.groupBy': ['nobody'] } });
    world.live();
    const images = JSON.stringify(world.owned.filter(({ kind }) => kind === 'Deployment'));
    expect(images).not.toContain('theirs');
    world.edit({});
    world.live();
    expect(world.find('ConfigMap')!.data).toEqual(before);
  });
});

describe('objects that are not asked for any more', () => {
  it('are removed, each only if it is the one that was seen', () => {
    const world = World.running();
    const policy = world.find('NetworkPolicy')!;
    world.options = { ...world.options, networkPolicies: false };
    const { apiVersion, kind, metadata } = policy;
    expect(world.pass().remove).toEqual([
      { apiVersion, kind, namespace: 'team', name: metadata.name, uid: metadata.uid },
    ]);
    expect(world.find('NetworkPolicy')).toBeUndefined();
  });

  it('that are about to go are not removed again', () => {
    const world = World.running();
    world.options = { ...world.options, networkPolicies: false };
    world.tamper('NetworkPolicy', (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' },
    }));
    expect(world.pass().remove).toEqual([]);
  });
});
