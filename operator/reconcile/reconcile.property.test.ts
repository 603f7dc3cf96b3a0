import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONDITION_REASONS } from '../../crds/conditions.ts';
import { StreamJobStatus } from '../../crds/status.ts';
import type { Changes } from '../../test/crd/manifests.ts';
import { ANNOTATIONS } from '../resources/labels.ts';
import type { InputFacts, KafkaFacts, Observed, PodFacts, ProgressFacts } from './observed.ts';
import type { JobChanges } from './observed.test-kit.ts';
import { NOW, podOf, secret } from './observed.test-kit.ts';
import type { Plan } from './plan.ts';
import { reconcile } from './reconcile.ts';
import { statusChange } from './status-change.ts';
import { World } from './world.test-kit.ts';

/** Within one change of the world's own making, such as pods that leave before a run changes. */
const MOST_PASSES = 6;

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const choice = (path: string, ...values: unknown[]): fc.Arbitrary<Changes> =>
  fc.constantFrom({}, ...values.map((value) => ({ [path]: value })));

const spec: fc.Arbitrary<Changes> = fc
  .tuple(
    choice('spec.window.size', '5m'),
    choice('spec.window.watermark', { delay: '5s' }, { delay: 'soon' }),
    choice('spec.window', undefined),
    choice('spec.suspend', true),
    choice('spec.stopAt', { position: 'latest' }),
    choice('spec.deletionPolicy', 'Delete'),
    choice('spec.producer', { source: { file: { path: 'a.csv' } } }),
    choice('spec.consumer', { maxReplicas: 7 }, { minReplicas: 2, maxReplicas: 20, autoscaling: {} }),
    choice('spec.kafka', undefined, { brokers: ['kafka:9092'], tls: { caSecretRef: { name: 'ca' } } }),
    choice('spec.topic.partitions', 1, 1024),
    choice('spec.sink', {}),
  )
  .map((parts) => Object.assign({}, ...parts) as Changes)
  // A window that was taken out has no size to change.
  .map((changes) =>
    'spec.window' in changes
      ? { ...changes, 'spec.window.size': undefined, 'spec.window.watermark': undefined, 'spec.window': undefined }
      : changes,
  );

const NAME = `${'a.b-c'.repeat(50)}abc`;
const job: fc.Arbitrary<JobChanges> = fc.record({
  spec,
  name: fc.constantFrom('job', '2024.rides', NAME),
  annotations: fc.constantFrom({}, { [ANNOTATIONS.newRun]: '2' }, { [ANNOTATIONS.upgrade]: '2' }),
});

const CODES = [
  'LogUnavailable',
  'NotAuthenticated',
  'NotAuthorized',
  'TopicNotFound',
  'StateTooLarge',
  'RecordBad',
  'SinkUnavailable',
  'Unexpected',
  '',
];
const message = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('🙂'.repeat(20_000), 'rides/0@17: not a number', `${'a'.repeat(500)}/1@2`),
);
const trouble = fc.record({ code: fc.constantFrom(...CODES), message });
const watermark = fc.oneof(
  fc.constantFrom(-Infinity, Infinity, 8.64e15, -8.64e15, 1e300),
  fc.integer({ min: -1e14, max: 3e14 }),
);
const offset = fc.nat(1_000_000);

const progress = (at: number): fc.Arbitrary<ProgressFacts> =>
  fc
    .record({
      count: fc.constantFrom(1, 4, 1024),
      places: fc.array(fc.tuple(maybe(offset), offset, watermark), { minLength: 1, maxLength: 5 }),
      deadLetters: fc.nat(3),
      isDone: fc.boolean(),
    })
    .map(({ count, places, ...rest }) => ({
      at,
      ...rest,
      partitions: Array.from({ length: count }, (_, partition) => {
        const [committed, more, mark] = places[partition % places.length]!;
        return { topic: 'rides', partition, committed, end: (committed ?? 0) + more, lag: more, watermark: mark };
      }),
    }));

const kafka: fc.Arbitrary<KafkaFacts> = fc
  .record({
    at: maybe(fc.constant(NOW)),
    trouble: maybe(trouble),
    partitions: maybe(fc.constantFrom(1, 4, 1024)),
    progress: maybe(progress(NOW)),
    earlier: maybe(progress(NOW - 15_000)),
  })
  .map((facts) => Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as KafkaFacts);

const CA: InputFacts = { kind: 'Secret', name: 'ca' };
const inputs = fc.constantFrom<readonly InputFacts[]>(
  [],
  [CA],
  [{ ...CA, trouble: 'forbidden' }],
  [secret('ca', ['ca.crt'])],
  [secret('ca', ['ca.crt'], '2')],
);

const pods: fc.Arbitrary<PodFacts[]> = fc.array(
  fc
    .record({
      role: fc.constantFrom<PodFacts['role']>('consumer', 'producer'),
      isReady: fc.boolean(),
      isDeleting: fc.boolean(),
      createdAt: fc.constantFrom(NOW - 3_600_000, NOW),
      failure: maybe(
        fc.record({
          reason: fc.constantFrom('OOMKilled', 'CrashLoopBackOff'),
          message,
          code: fc.constantFrom(...CODES),
        }),
      ),
      trouble: maybe(trouble),
    })
    .map(({ failure, trouble: told, ...facts }) =>
      podOf({ ...facts, ...(failure && { failure }), ...(told && { trouble: told }) }),
    ),
  { maxLength: 4 },
);

type Step = (world: World) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
  job.map(
    ({ spec: changes = {}, annotations = {} }): Step =>
      (world) =>
        world.edit({ name: world.job.metadata.name, spec: changes, annotations }),
  ),
  kafka.map(
    (facts): Step =>
      (world) =>
        void (world.kafka = facts),
  ),
  inputs.map(
    (facts): Step =>
      (world) =>
        void (world.inputs = facts),
  ),
  pods.map(
    (facts): Step =>
      (world) =>
        void (world.pods = facts),
  ),
  fc.nat(8).map(
    (index): Step =>
      (world) =>
        world.lose((object) => object === world.owned[index]),
  ),
  fc.constant<Step>((world) =>
    world.tamper('Deployment', (object) => ({ ...object, spec: { ...(object.spec as object), replicas: 9 } })),
  ),
  fc.constant<Step>(
    (world) =>
      void (world.options = {
        ...world.options,
        image: `${world.options.image}1`,
        networkPolicies: !world.options.networkPolicies,
      }),
  ),
  fc.constant<Step>((world) => void world.settle()),
  fc.constant<Step>((world) => void world.pass()),
  fc.integer({ min: 1, max: 600_000 }).map(
    (millis): Step =>
      (world) =>
        void (world.now += millis),
  ),
);
/** A job to which this and that has happened. */
const worlds = fc.tuple(job, fc.array(step, { maxLength: 12 })).map(([begin, steps]) => {
  const world = new World(begin);
  for (const happens of steps) happens(world);
  return world;
});

const isQuiet = ({ apply, remove, finalizer, cleanup, status }: Plan, world: World): boolean =>
  apply.length + remove.length === 0 &&
  !finalizer &&
  !cleanup &&
  (!status || statusChange(world.job.status, status) === 'none');

/** The same on another day: no word may tell when it was. */
function later(observed: Observed, millis: number): Observed {
  const moved = <T extends { readonly at?: number }>(facts: T): T =>
    facts.at === undefined ? facts : { ...facts, at: facts.at + millis };
  const { now, kafka: facts, scaling } = observed;
  return {
    ...observed,
    now: now + millis,
    pods: observed.pods.map((pod) => ({ ...pod, createdAt: pod.createdAt + millis })),
    kafka: {
      ...moved(facts),
      ...(facts.progress && { progress: moved(facts.progress) }),
      ...(facts.earlier && { earlier: moved(facts.earlier) }),
    },
    scaling: { recommended: scaling.recommended.map(moved) },
  };
}

describe('reconcile, whatever has happened', () => {
  it('comes to rest within a few passes, and stays there', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        let passes = 0;
        while (!isQuiet(world.pass(), world)) expect(++passes).toBeLessThan(MOST_PASSES);
        world.events.length = 0;
        world.now += 1000;
        expect(isQuiet(world.pass(), world)).toBe(true);
        expect(world.events).toEqual([]);
      }),
    );
  });

  it('comes to rest with the cluster, too, once pods come and go as they should', () => {
    fc.assert(fc.property(worlds, (world) => world.live()));
  });

  it('gives the same plan for the same observation, and leaves it as it was', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const observed = world.observe();
        const before = structuredClone(observed);
        expect(reconcile(observed)).toEqual(reconcile(observed));
        expect(observed).toEqual(before);
      }),
    );
  });

  it('writes a status that the API server takes, with conditions of the closed lists', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { status } = world.pass();
        expect(StreamJobStatus.safeParse(JSON.parse(JSON.stringify(status))).error).toBeUndefined();
        for (const { type, reason } of status!.conditions!) {
          expect(CONDITION_REASONS[type as keyof typeof CONDITION_REASONS]).toContain(reason);
        }
        for (const text of [status!.watermark, ...(status!.progress?.map((each) => each.watermark) ?? [])]) {
          expect(text ?? '2024-01-01T00:00:00.000Z').toMatch(/^\d{4}-/);
        }
      }),
    );
  });

  it('judges the same a moment later, in the same words', () => {
    const wordsOf = ({ status, events }: Plan): unknown => [
      status!.conditions!.map(({ type, status: holds, reason, message: words }) => [type, holds, reason, words]),
      events,
    ];
    fc.assert(
      fc.property(worlds, (world) => {
        const observed = world.observe();
        expect(wordsOf(reconcile({ ...observed, now: observed.now + 1 }))).toEqual(wordsOf(reconcile(observed)));
        expect(wordsOf(reconcile(later(observed, 86_400_000)))).toEqual(wordsOf(reconcile(observed)));
      }),
    );
  });
});
