import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../resources/kube-object.ts';
import { difference } from './difference.ts';
import { World } from './world.test-kit.ts';

const object = (spec: unknown, metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a', ...metadata },
  spec,
});

describe('the difference of an object to what it should be', () => {
  it.each<{ name: string; desired: unknown; existing: unknown; want: string | undefined }>([
    { name: 'is none between equals', desired: { a: 1, b: ['x'] }, existing: { b: ['x'], a: 1 }, want: undefined },
    { name: 'is none where others added members', desired: { a: 1 }, existing: { a: 1, b: 2 }, want: undefined },
    { name: 'is the path of a value', desired: { a: { b: 1 } }, existing: { a: { b: 2 } }, want: 'spec.a.b' },
    { name: 'is the path of what is missing', desired: { a: { b: 1 } }, existing: {}, want: 'spec.a' },
    {
      name: 'is none where the API server leaves out what is empty',
      desired: { a: {}, b: [] },
      existing: {},
      want: undefined,
    },
    {
      name: 'is one where something is and nothing should be',
      desired: { a: [] },
      existing: { a: [1] },
      want: 'spec.a',
    },
    { name: 'names the index of a list', desired: { a: ['x', 'y'] }, existing: { a: ['x', 'z'] }, want: 'spec.a[1]' },
    {
      name: 'is one where a list without names has more',
      desired: { a: ['x'] },
      existing: { a: ['x', 'y'] },
      want: 'spec.a',
    },
    {
      name: 'is none where a list of names has more, in another order',
      desired: { a: [{ name: 'x' }, { name: 'y' }] },
      existing: { a: [{ name: 'y' }, { name: 'z' }, { name: 'x', b: 1 }] },
      want: undefined,
    },
    {
      name: 'names the member of a list',
      desired: { a: [{ name: 'x', b: 1 }] },
      existing: {
        a: [
          { name: 'y', b: 1 },
          { name: 'x', b: 2 },
        ],
      },
      want: 'spec.a[x].b',
    },
    {
      name: 'is the member that is missing',
      desired: { a: [{ name: 'x' }] },
      existing: { a: [{ name: 'y' }] },
      want: 'spec.a[x]',
    },
    {
      name: 'is none where any of one name will do',
      desired: { a: [{ name: 'x', at: 2 }] },
      existing: {
        a: [
          { name: 'x', at: 1 },
          { name: 'x', at: 2 },
        ],
      },
      want: undefined,
    },
    { name: 'is one between a list and an object', desired: { a: { b: 1 } }, existing: { a: [1] }, want: 'spec.a' },
    { name: 'is one between a text and a number', desired: { a: '1' }, existing: { a: 1 }, want: 'spec.a' },
    { name: 'is one between nothing and false', desired: { a: false }, existing: {}, want: 'spec.a' },
  ])('$name', ({ desired, existing, want }) => {
    expect(difference(object(desired), object(existing))).toBe(want);
  });

  it.each<{
    name: string;
    desired: KubeObject['metadata'];
    existing: KubeObject['metadata'];
    want: string | undefined;
  }>([
    {
      name: 'sees a label',
      desired: { name: 'a', labels: { x: '1' } },
      existing: { name: 'a' },
      want: 'metadata.labels',
    },
    {
      name: 'sees an annotation',
      desired: { name: 'a', annotations: { x: '1' } },
      existing: { name: 'a', annotations: { x: '2' } },
      want: 'metadata.annotations.x',
    },
    {
      name: 'leaves what others wrote',
      desired: { name: 'a', labels: { x: '1' } },
      existing: { name: 'a', uid: 'u', generation: 3, labels: { x: '1', y: '2' }, finalizers: ['f'] },
      want: undefined,
    },
  ])('in the metadata $name', ({ desired, existing, want }) => {
    expect(difference(object({}, desired), object({}, existing))).toBe(want);
  });
});

type Path = readonly (string | number)[];

/** Every value that is no object, with the way to it. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, [...path, Array.isArray(value) ? Number(name) : name]),
  );
}

function changedAt(value: unknown, [name, ...rest]: Path): unknown {
  if (name === undefined) return typeof value === 'boolean' ? !value : 'drifted';
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[name] = changedAt(copy[name], rest);
  return copy;
}

describe('every object of a job', () => {
  const world = World.running({ spec: { 'spec.producer': { source: { file: { path: 'a.csv' } } } } });
  const stored = new Map(world.owned.map((found) => [`${found.kind}/${found.metadata.name}`, found]));
  world.lose(() => true);
  const desired = world.pass().apply;
  const existingOf = ({ kind, metadata }: KubeObject): KubeObject => stored.get(`${kind}/${metadata.name}`)!;

  it('is as it should be once it was applied and defaults were added', () => {
    expect(desired.map((each) => difference(each, existingOf(each)))).toEqual(desired.map(() => undefined));
  });

  it('is repaired whichever field of it drifts, and the field is named', () => {
    const drifts = desired.flatMap((each) => leavesOf(each).map((path) => ({ each, path })));
    // The API server finds it by these.
    const own = drifts.filter(
      ({ path: [top, second] }) =>
        top === 'spec' || top === 'data' || (top === 'metadata' && !['name', 'namespace'].includes(String(second))),
    );
    expect(own.length).toBeGreaterThan(200);
    fc.assert(
      fc.property(fc.constantFrom(...own), ({ each, path }) => {
        const found = difference(each, changedAt(existingAsDesired(each), path) as KubeObject);
        expect(found).toBeDefined();
        expect(found!.split(/[.[]/)[0]).toBe(path[0]);
      }),
      { numRuns: own.length },
    );
  });

  /** With the fields in the places where the builders put them. */
  const existingAsDesired = (each: KubeObject): KubeObject => JSON.parse(JSON.stringify(each)) as KubeObject;
});
