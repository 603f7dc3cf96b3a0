import { beforeEach, describe, expect, it } from '@jest/globals';
import { configMap } from './fake-api.test-kit.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { isLater } from './resource-version.ts';
import { podWithoutSpec, withoutBallast } from './slim.ts';
import { Store } from './store.ts';
import type { WatchSink } from './watch.ts';

describe('Store', () => {
  let store: Store;
  let watch: WatchSink;
  let told: string[];
  let failures: unknown[];
  const version = (name: string): string | undefined => store.get('default', name)?.metadata.resourceVersion;

  beforeEach(() => {
    [told, failures] = [[], []];
    store = new Store({ onListenerFailure: (failure) => failures.push(failure) });
    watch = store.source(undefined);
    store.onChange((type, { metadata }) => told.push(`${type} ${metadata.name}@${metadata.resourceVersion}`));
  });

  it('is synced when each of its watches has listed', () => {
    const [one, two] = [store.source('one'), store.source('two')];
    list(watch, [], '1');
    list(one, [], '1');
    expect(store.isSynced).toBe(false);
    list(two, [], '1');
    expect(store.isSynced).toBe(true);
  });

  it('finds the objects of a job, and no longer when they are gone or another job’s', () => {
    list(watch, [configMap('a', '1'), configMap('b', '2')], '3');
    expect(store.ofJob('default', 'job').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    watch.change('DELETED', configMap('a', '4'));
    const moved = configMap('b', '5');
    watch.change('MODIFIED', { ...moved, metadata: { ...moved.metadata, labels: { 'streamjob.dev/job': 'other' } } });
    expect(store.ofJob('default', 'job')).toEqual([]);
    expect(store.ofJob('default', 'other')).toHaveLength(1);
    expect(store.ofJob('elsewhere', 'other')).toEqual([]);
  });

  it('tells of what a list changed and removed, and of nothing else', () => {
    list(watch, [configMap('a', '1'), configMap('b', '2'), configMap('c', '3')], '3');
    told.length = 0;
    list(watch, [configMap('a', '1'), configMap('b', '7')], '8');
    expect(told).toEqual(['updated b@7', 'deleted c@3']);
  });

  it('keeps the namespaces of its watches apart', () => {
    const elsewhere = { ...configMap('a', '2'), metadata: { ...configMap('a', '2').metadata, namespace: 'two' } };
    const parted = new Store({ onListenerFailure: () => undefined });
    const [one, two] = [parted.source('default'), parted.source('two')];
    list(one, [configMap('a', '1')], '3');
    list(two, [elsewhere], '3');
    list(one, [], '4');
    expect(parted.all()).toEqual([elsewhere]);
  });

  it('takes an own write at once, and is told neither of it nor of its echo', () => {
    list(watch, [configMap('a', '5')], '6');
    told.length = 0;
    store.put(configMap('a', '9'));
    expect(version('a')).toBe('9');
    watch.change('MODIFIED', configMap('a', '9'));
    expect(told).toEqual([]);
  });

  it('is not put back by an event from before an own write, but tells of it', () => {
    list(watch, [configMap('a', '5')], '6');
    store.put(configMap('a', '9'));
    told.length = 0;
    watch.change('MODIFIED', configMap('a', '8'));
    expect(version('a')).toBe('9');
    expect(told).toEqual(['updated a@9']);
  });

  it('tells of an own write after a list, which may have skipped what was before it', () => {
    list(watch, [configMap('a', '5')], '6');
    store.put(configMap('a', '9'));
    told.length = 0;
    list(watch, [configMap('a', '9')], '10');
    expect(told).toEqual(['updated a@9']);
  });

  it('keeps what it has created through a list and a deletion from before', () => {
    list(watch, [configMap('a', '5')], '6');
    store.put(configMap('a', '9'));
    watch.change('DELETED', configMap('a', '7'));
    expect(version('a')).toBe('9');
    list(watch, [], '8');
    expect(version('a')).toBe('9');
    watch.change('DELETED', configMap('a', '10'));
    expect(version('a')).toBeUndefined();
  });

  it('does not bring back what was deleted while the answer to a write was on its way', () => {
    list(watch, [], '6');
    watch.change('ADDED', configMap('a', '9'));
    watch.change('DELETED', configMap('a', '10'));
    store.put(configMap('a', '9'));
    expect(store.size).toBe(0);
  });

  it('ignores the answer to a write that the watch has overtaken', () => {
    list(watch, [], '6');
    watch.change('ADDED', configMap('a', '12'));
    store.put(configMap('a', '9'));
    expect(version('a')).toBe('12');
  });

  it('believes a list that is older than what it knew, as after a restored backup', () => {
    list(watch, [configMap('a', '50'), configMap('b', '60')], '60');
    list(watch, [configMap('a', '20')], '30');
    expect([version('a'), version('b')]).toEqual(['20', undefined]);
  });

  it('removes nothing because of a list that breaks off', () => {
    list(watch, [configMap('a', '1'), configMap('b', '2')], '3');
    watch.begin().page([configMap('a', '4')]);
    expect([version('a'), version('b')]).toEqual(['4', '2']);
  });

  it('goes on when a listener throws', () => {
    const seen: string[] = [];
    store.onChange(() => {
      throw new Error('no');
    });
    store.onChange((type) => seen.push(type));
    watch.change('ADDED', configMap('a', '1'));
    expect([seen, failures]).toEqual([['added'], [new Error('no')]]);
  });
});

describe('resource versions', () => {
  it.each([
    ['10', '9', true],
    ['9', '10', false],
    ['10', '10', false],
    ['1', '', true],
    ['99999999999999999999', '99999999999999999998', true],
  ])('%s is later than %s: %s', (left, right, later) => {
    expect(isLater(left, right)).toBe(later);
  });
});

it('caches leave out managedFields and what kubectl applied last', () => {
  const object = configMap('a', '1');
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' };
  const metadata = { ...object.metadata, managedFields: [{ manager: 'x' }], annotations };
  expect(withoutBallast({ ...object, metadata })).toEqual({
    ...object,
    metadata: { ...object.metadata, annotations: { mine: 'yes' } },
  });
});

it('pods are kept without their specs', () => {
  const pod = { ...configMap('a', '1'), kind: 'Pod', spec: { containers: [] }, status: { phase: 'Running' } };
  expect(podWithoutSpec(pod)).not.toHaveProperty('spec');
  expect(podWithoutSpec(pod).status).toEqual({ phase: 'Running' });
});

/** In two pages. */
function list(sink: WatchSink, objects: readonly KubeObject[], version: string): void {
  const taking = sink.begin();
  taking.page(objects.slice(0, 1));
  taking.page(objects.slice(1));
  taking.end(version);
}
