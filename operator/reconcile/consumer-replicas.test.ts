import { describe, expect, it } from '@jest/globals';
import type { Consumer } from '../../crds/stream-job.ts';
import type { Changes } from '../../test/crd/manifests.ts';
import { evenReplicas, replicaBounds, widestStage } from './consumer-replicas.ts';
import type { KafkaFacts } from './observed.ts';
import { observed } from './observed.test-kit.ts';

const KEYED = { 'spec.schema.key': { fields: ['vendor'] } };
const ONE_STAGE = { 'spec.window': undefined };
const BOUNDED = { ...ONE_STAGE, 'spec.stopAt': { position: 'latest' } };
const run = (partitions: number, shufflePartitions = 8): KafkaFacts['run'] & object => ({
  uid: '',
  fingerprint: '',
  partitions,
  shufflePartitions,
});

describe('the tasks of the widest stage', () => {
  it.each<{ name: string; spec?: Changes; kafka: KafkaFacts; want: number }>([
    { name: 'the declared partitions before the topic is there', spec: ONE_STAGE, kafka: {}, want: 4 },
    { name: 'the partitions of a topic that has more', spec: ONE_STAGE, kafka: { partitions: 6 }, want: 6 },
    {
      name: 'the declared ones, which the run will make, of a topic that has fewer',
      spec: ONE_STAGE,
      kafka: { partitions: 2 },
      want: 4,
    },
    { name: 'at least eight behind a shuffle', kafka: {}, want: 8 },
    { name: 'those of the source where it has more than the shuffle', kafka: { partitions: 12 }, want: 12 },
    { name: 'those that the run has begun with', spec: KEYED, kafka: { partitions: 9, run: run(4) }, want: 4 },
    {
      name: 'those of the topic where the run may grow',
      spec: ONE_STAGE,
      kafka: { partitions: 9, run: run(4) },
      want: 9,
    },
    {
      name: 'no more than at its beginning where the run is bounded',
      spec: BOUNDED,
      kafka: { partitions: 9, run: run(4) },
      want: 4,
    },
    { name: 'the recorded ones of the shuffle', kafka: { partitions: 4, run: run(4, 16) }, want: 16 },
  ])('are $name', ({ spec = {}, kafka, want }) => {
    expect(widestStage(observed({ spec }).verdict.sound!, kafka)).toBe(want);
  });
});

describe('bounds of the number of pods', () => {
  const consumer = (minReplicas: number, maxReplicas: number): Consumer => ({ minReplicas, maxReplicas });

  it.each([
    { name: 'as the manifest has them', given: consumer(2, 5), tasks: 8, want: [2, 5] },
    { name: 'no more than tasks', given: consumer(2, 5), tasks: 3, want: [2, 3] },
    {
      name: 'fewer than the manifest’s least where there are fewer tasks',
      given: consumer(4, 5),
      tasks: 3,
      want: [3, 3],
    },
    { name: 'at least one', given: consumer(1, 5), tasks: 0, want: [1, 1] },
  ])('are $name', ({ given, tasks, want }) => {
    const { least, most } = replicaBounds(given, tasks);
    expect([least, most]).toEqual(want);
  });
});

describe('an even number of pods', () => {
  it.each([
    [12, 7, 6],
    [12, 5, 4],
    [12, 6, 6],
    [12, 12, 12],
    [1, 1, 1],
    [1024, 300, 256],
  ])('of %d tasks and %d pods is %d', (tasks, pods, want) => {
    expect(evenReplicas(tasks, pods)).toBe(want);
  });
});
