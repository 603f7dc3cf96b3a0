/**
 * The life of jobs that nothing happens to but what their owner wants: created, changed, scaled, suspended, worked off.
 * Everything is real: API server, controllers, Kafka, the operator, and the pods, which run as processes.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import type { JobResource } from '../../operator/resources/kube-object.ts';
import { whyNoPrograms } from '../harness/apiserver.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { conditionOf, patch } from './kit-jobs.ts';
import { conditionText, count, eventually, Lifecycle, row, START_MILLIS, STORY_MILLIS } from './kit-lifecycle.ts';
import { IMAGE } from './kit-operator.ts';

/** As the generator of people writes them. */
const PEOPLE = {
  format: 'csv',
  csv: { delimiter: '$' },
  fields: ['name', 'address', 'year'].map((name) => ({ name, type: 'string' })),
};

const reason = whyNoPrograms() ?? whyNoKafka('4.1.1');

describeIf(reason === undefined, reason ?? '', 'the life of a job', () => {
  let live: Lifecycle;

  beforeAll(async () => {
    live = await Lifecycle.start();
  }, START_MILLIS);
  afterAll(() => live?.stop(), STORY_MILLIS);

  /** The job's topic, made by hand, so that records can be there before the job. */
  const withTopic = async (topic: string, partitions: number): Promise<void> => {
    await live.kafka.log.createTopic(topic, { partitions });
  };
  const revisions = async (name: string): Promise<string[]> =>
    (await live.objects('ConfigMap', name)).map(({ metadata }) => metadata.name);

  test.concurrent(
    'a job that is created runs, and its status says where it is',
    async () => {
      await live.apply(live.counting('created'));
      await live.ready('created');
      for (const kind of ['ServiceAccount', 'ConfigMap', 'Service', 'Deployment', 'PodDisruptionBudget'])
        expect([kind, (await live.objects(kind, 'created')).length]).toEqual([kind, 1]);
      expect(live.pods('created').map(({ isReady }) => isReady)).toEqual([true, true]);
      const ids = ['a', 'b', 'c', 'd'];
      await live.write(
        'created-in',
        ids.flatMap((id, partition) =>
          [0, 1, 6, 12].map((second) => ({ partition, key: id, value: row(id, second, 1) })),
        ),
      );
      const expected = ids.flatMap((id) => [count(id, 0, 2), count(id, 5, 1)]);
      expect(await live.results('created-out', 8)).toEqual(expected.sort());
      const drained = await live.status(
        'created',
        'lag 0 behind all records',
        ({ lag, progress }) => lag === 0 && progress?.reduce((sum, { offset = 0 }) => sum + offset, 0) === 16,
      );
      expect(drained).toMatchObject({
        phase: 'Running',
        run: expect.stringMatching(/^[a-z0-9]{8}$/),
        runtimeImage: IMAGE,
        ready: '2/2',
        replicas: 2,
        selector: 'app.kubernetes.io/component=consumer,streamjob.dev/job=created',
        partitions: 4,
        deadLetters: 0,
        watermark: '2026-01-01T00:00:12.000Z',
      });
      expect(conditionText(drained, 'Progressing')).toBe('Progressing=True Quiet');
      expect(await live.events('created')).toContain('Normal Ready: all pods work');
    },
    STORY_MILLIS,
  );

  /** With a filter and columns of the results. */
  const shaped = (filter: string, columns: readonly string[]): JobResource =>
    live.passing('changed', {
      topic: { name: 'changed-in', partitions: 1 },
      steps: [{ name: 'some', filter }],
      sink: { kafka: { topic: 'changed-out', format: 'csv', columns } },
    });

  test.concurrent(
    'a change that state survives rolls the pods once; what it does not survive is refused until a new run is asked for',
    async () => {
      await live.apply(shaped('N > 1', ['ID', 'N']));
      const { run } = await live.ready('changed');
      await live.write('changed-in', [{ value: row('a', 0, 1) }, { value: row('a', 1, 2) }]);
      await live.results('changed-out', 1);
      const [first] = await revisions('changed');

      await live.apply(shaped('N > 2', ['N']));
      await eventually('another revision', async () => (await revisions('changed')).length === 2);
      await live.ready('changed');
      await live.write('changed-in', [{ value: row('a', 2, 2) }, { value: row('a', 3, 3) }]);
      expect(await live.results('changed-out', 2)).toEqual(['3', 'a,2']);
      expect(await revisions('changed')).toContain(first);
      expect(await live.replicaSets('changed')).toBe(2);

      const pods = live.podNames('changed');
      const toConsole = { ...shaped('N > 2', ['N']).spec, sink: { console: { format: 'csv', columns: ['N'] } } };
      await live.apply({ ...shaped('', []), spec: toConsole });
      const message = await live.condition('changed', 'SpecValid=False StateDoesNotFit');
      expect(message).toContain('spec.sink changed since run');
      await live.write('changed-in', [{ value: row('a', 4, 4) }]);
      expect(await live.results('changed-out', 3)).toEqual(['3', '4', 'a,2']);
      expect(live.podNames('changed')).toEqual(pods);

      // As the message says it.
      const how = /kubectl (annotate streamjob changed --overwrite \S+)/.exec(message)![1]!;
      const runs = live.watchRuns('changed');
      await live.kubectl(...how.split(' '));
      await live.status('changed', 'another run', (status) => status.run !== run);
      const next = await live.ready('changed');
      expect(conditionText(next, 'SpecValid')).toBe('SpecValid=True Valid');
      // Between the two there is a moment with none, too short to be sure to see.
      expect((await runs()).filter(Boolean)).toEqual([run, next.run]);
      const [pod] = live.podNames('changed');
      // It reads the topic from its beginning.
      await eventually('the results of the new run', () => live.kubelet.logsOf(pod!).includes('\n4\n'));
      expect(await live.kafka.values('changed-out')).toHaveLength(3);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'pods of a new spec that fail take nothing down, and the way back is in the message',
    async () => {
      const topic = { name: 'rolled-in', partitions: 2 };
      await live.apply(live.passing('rolled', { topic }));
      await live.ready('rolled');
      const [before] = await revisions('rolled');
      await live.apply(live.passing('rolled', { topic, runtime: { image: 'missing:2' } }));
      const message = await live.condition('rolled', 'Deployed=False PodsFailing');
      expect(message).toContain('ImagePullBackOff: the image missing:2 cannot be pulled');
      expect(await live.job('rolled')).toMatchObject({ status: { phase: 'Running', lastError: {} } });

      const [, name] = /the spec that ran before is in: kubectl get configmap (\S+)/.exec(message)!;
      expect(name).toBe(before);
      const manifest = await live.kubectl('get', 'configmap', name!, '-o', 'jsonpath={.data.job\\.json}');
      await live.apply(JSON.parse(manifest) as JobResource);
      await live.ready('rolled');
      const [deployment] = await live.objects('Deployment', 'rolled');
      expect(before).toContain(deployment!.metadata.annotations!['streamjob.dev/revision']);
      expect(await live.replicaSets('rolled')).toBe(2);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'kubectl scale sets how many consumers there are, never more than tasks',
    async () => {
      await live.apply(live.passing('scaled', { consumer: { maxReplicas: 1 } }));
      await live.ready('scaled');
      const [first] = live.podNames('scaled');
      await live.kubectl('scale', 'streamjob', 'scaled', '--replicas=9');
      await live.status('scaled', '4 pods', ({ ready, replicas }) => ready === '4/4' && replicas === 4);
      expect(live.podNames('scaled')).toContain(first);
      const at = '/apis/streamjob.dev/v1alpha1/namespaces/default/streamjobs/scaled/scale';
      expect((await live.server.request('GET', at)).body).toMatchObject({
        spec: { replicas: 9 },
        status: { replicas: 4, selector: 'app.kubernetes.io/component=consumer,streamjob.dev/job=scaled' },
      });
      await live.kubectl('scale', 'streamjob', 'scaled', '--replicas=2');
      await live.status('scaled', '2 pods', ({ ready, replicas }) => ready === '2/2' && replicas === 2);
      expect(await live.replicaSets('scaled')).toBe(1);
      expect(await live.events('scaled')).toContain('Normal Scaled: consumers 1 → 4');
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a suspended job keeps its place, and goes on exactly there',
    async () => {
      const topic = { name: 'paused-in', partitions: 1 };
      await live.apply(live.counting('paused', { topic }));
      await live.ready('paused');
      await live.write(
        'paused-in',
        [0, 1, 6, 7].map((second) => ({ key: 'a', value: row('a', second, 1) })),
      );
      await live.results('paused-out', 1);
      await patch(live.server, 'paused', { spec: { suspend: true } });
      const suspended = await live.status('paused', 'Suspended', ({ phase }) => phase === 'Suspended');
      expect(conditionText(suspended, 'Suspended')).toBe('Suspended=True Suspended');
      expect(suspended).toMatchObject({ ready: '0/0' });
      await live.podsGone('paused');
      await live.write(
        'paused-in',
        [8, 12, 20].map((second) => ({ key: 'a', value: row('a', second, 1) })),
      );
      await patch(live.server, 'paused', { spec: { suspend: false } });
      const expected = [count('a', 0, 2), count('a', 5, 3), count('a', 10, 1)];
      expect(await live.results('paused-out', 3)).toEqual(expected);
      const resumed = await live.ready('paused');
      expect(resumed.run).toBe(suspended.run);
      expect(await live.replicaSets('paused')).toBe(1);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a bounded job with a finite producer is completed, and its pods are freed; a new run does it all again',
    async () => {
      await live.apply(
        live.passing('bounded', {
          topic: { name: 'bounded-in', partitions: 2 },
          schema: PEOPLE,
          producer: { source: { people: { count: 500 } } },
          stopAt: { position: 'latest' },
          sink: { kafka: { topic: 'bounded-out', format: 'csv', columns: ['name'] } },
        }),
      );
      const completed = await live.status('bounded', 'Completed', ({ phase }) => phase === 'Completed');
      expect(completed).toMatchObject({ ready: '0/0', lag: 0 });
      expect(conditionText(completed, 'Ready')).toBe('Ready=False Completed');
      expect(conditionText(completed, 'Progressing')).toBe('Progressing=True Completed');
      await live.podsGone('bounded');
      expect(await live.kafka.values('bounded-out')).toHaveLength(500);
      expect(await live.events('bounded')).toContain('Normal Completed: the bounded run has come to its end');

      await live.kubectl('annotate', 'streamjob', 'bounded', 'streamjob.dev/new-run=2');
      const isAgain = ({ phase, run }: StreamJobStatus): boolean => phase === 'Completed' && run !== completed.run;
      await live.status('bounded', 'Completed again', isAgain);
      await live.podsGone('bounded');
      // It reads what the run before has written too.
      expect(await live.kafka.values('bounded-out')).toHaveLength(500 + 1000);
    },
    STORY_MILLIS,
  );

  const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

  test.concurrent(
    'a stateless job follows its topic from 4 to 8 partitions with 8 consumers',
    async () => {
      await withTopic('growing-in', 4);
      await live.apply(live.passing('growing', { consumer: { maxReplicas: 8 } }));
      expect(await live.ready('growing')).toMatchObject({ ready: '4/4', partitions: 4 });
      const first = live.podNames('growing');
      await live.kafka.log.growTopic('growing-in', 8);
      await live.status('growing', '8 consumers', ({ ready, partitions }) => ready === '8/8' && partitions === 8);
      expect(live.podNames('growing')).toEqual(expect.arrayContaining(first));
      await live.write(
        'growing-in',
        LETTERS.map((id, partition) => ({ partition, value: row(id, 0, partition) })),
      );
      expect(await live.results('growing-out', 8)).toEqual(LETTERS.map((id, n) => `${id},${n}`));
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a shuffled job reads the new partitions of its topic, and the state of a keyed one does not allow it',
    async () => {
      await Promise.all([withTopic('shuffled-in', 4), withTopic('keyed-in', 4)]);
      const { window } = live.counting('').spec as { window: object };
      await live.apply(
        live.counting('shuffled', { window: { ...window, shuffle: 'always' }, consumer: { maxReplicas: 8 } }),
      );
      await live.apply(live.counting('keyed', { consumer: { maxReplicas: 8 } }));
      // What is behind a shuffle has 8 tasks from the start, whatever the topic has.
      expect(await live.ready('shuffled')).toMatchObject({ ready: '8/8', partitions: 4 });
      expect(await live.ready('keyed')).toMatchObject({ ready: '4/4', partitions: 4 });
      await Promise.all(['shuffled-in', 'keyed-in'].map((topic) => live.kafka.log.growTopic(topic, 8)));
      const message = await live.condition('keyed', 'TopicReady=False GrowthNeedsShuffle');
      expect(message).toContain('the first 4 are read on');
      await live.status('shuffled', '8 partitions are read', ({ partitions, progress = [] }) => {
        const source = progress.filter(({ topic }) => topic === 'shuffled-in');
        return partitions === 8 && source.length === 8;
      });
      const rows = LETTERS.map((key, partition) =>
        [0, 6].map((second) => ({ partition, key, value: row(key, second, 1) })),
      );
      await live.write('keyed-in', rows.flat());
      // What comes behind a watermark of the old partitions is late: the new ones have to be read by then.
      await live.write('shuffled-in', rows.slice(4).flat());
      const { run } = (await live.job('shuffled'))!.status!;
      await eventually('the new partitions are read', async () => {
        const group = { groupId: `sj.default.shuffled.${run}`, topics: ['shuffled-in'] };
        const [{ partitions } = { partitions: [] }] = await live.kafka.admin.fetchOffsets(group);
        return partitions.filter(({ partition, offset }) => partition >= 4 && Number(offset) >= 2).length === 4;
      });
      await live.write('shuffled-in', rows.slice(0, 4).flat());
      const first = LETTERS.map((id) => count(id, 0, 1));
      expect(await live.results('shuffled-out', 8)).toEqual(first);
      expect(await live.results('keyed-out', 4)).toEqual(first.slice(0, 4));
      expect(await live.job('keyed')).toMatchObject({ status: { ready: '4/4', partitions: 8 } });
      const { status } = (await live.job('shuffled'))!;
      expect(conditionOf(status!, 'TopicReady')!.message).toBe('topic "shuffled-in" has 8 partitions');
    },
    STORY_MILLIS,
  );
});
