import { expect, it } from '@jest/globals';
import type { StreamJob } from '../../crds/stream-job.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { revisionId } from '../resources/revision.ts';
import { digestOf } from '../resources/running-revision.ts';
import { identityOf, desiredTarget } from './target.ts';
import { World } from './world.test-kit.ts';

/** What an operator would have made whose schema did not have a default for onDataLoss yet. */
function asBefore(world: World): string {
  const [present] = world.revisions() as [string];
  const configMap = world.find('ConfigMap')!;
  const older = JSON.parse(configMap.data!['job.json']!) as StreamJob;
  Reflect.deleteProperty(older.spec, 'onDataLoss');
  const { run } = world.observe().running!;
  const revision = revisionId({ job: older, identity: identityOf(world.job, run), upgrade: '' });
  const data = { ...configMap.data, 'job.json': JSON.stringify(older) };
  world.tamper('ConfigMap', (object) => ({ ...object, data }));
  const renamed = (object: KubeObject, from: string, to: string): KubeObject =>
    JSON.parse(JSON.stringify(object).replaceAll(from, to)) as KubeObject;
  world.owned = world.owned.map((object) => renamed(object, present, revision));
  world.owned = world.owned.map((object) => renamed(object, digestOf(configMap), digestOf(world.find('ConfigMap')!)));
  world.pods = world.pods.map((pod) => ({ ...pod, revision }));
  return revision;
}

it('a default that the schema did not have before restarts nothing', () => {
  const world = World.running();
  const present = world.revisions()[0];
  const before = asBefore(world);
  expect(before).not.toBe(present);
  const { sound } = world.observe().verdict;
  expect(desiredTarget(world.observe(), sound!).revision.revision).toBe(before);
  expect(world.pass().apply).toEqual([]);
});

it('a change that a person made counts, whatever the defaults were', () => {
  const world = World.running();
  const before = asBefore(world);
  world.edit({ spec: { 'spec.onDataLoss': 'continue' } });
  const { sound } = world.observe().verdict;
  expect(desiredTarget(world.observe(), sound!).revision.revision).not.toBe(before);
});
