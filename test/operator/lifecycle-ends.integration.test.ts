/**
 * How jobs end, and how they get out of each other's way: what stays and what goes, under every name, with Kafka and
 * without, and what stands where a job's objects should be. Kubernetes' garbage collector learns of a new resource within
 * half a minute; before that nothing of what a deleted job owns goes, which is most of what these tests wait for.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JobResource, KubeObject } from '../../operator/resources/kube-object.ts';
import { whyNoPrograms } from '../harness/apiserver.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { create, remove } from './kit-jobs.ts';
import type { Patch } from './kit-jobs.ts';
import { conditionText, count, eventually, Lifecycle, row, START_MILLIS, STORY_MILLIS } from './kit-lifecycle.ts';

const reason = whyNoPrograms() ?? whyNoKafka('4.1.1');
const OWNED = ['ServiceAccount', 'ConfigMap', 'Service', 'Deployment', 'PodDisruptionBudget', 'Pod'];
const NOWHERE = { brokers: ['127.0.0.1:1'] };

describeIf(reason === undefined, reason ?? '', 'the end of a job', () => {
  let live: Lifecycle;

  beforeAll(async () => {
    live = await Lifecycle.start({ STREAMJOB_OPERATOR_CLEANUP_TIMEOUT: '15s' });
  }, START_MILLIS);
  afterAll(() => live?.stop(), STORY_MILLIS);

  const gone = (name: string, namespace?: string): Promise<true> =>
    eventually(`${name} is gone`, async () => !(await live.job(name, namespace)));
  /** Nothing is left of it in the cluster. */
  const leftNothing = async (name: string): Promise<void> => {
    await eventually(`all that ${name} owned is gone`, async () => {
      const left = await Promise.all(OWNED.map((kind) => live.objects(kind, name)));
      return left.flat().length === 0;
    });
  };
  const one = (name: string, spec: Patch = {}): JobResource =>
    live.counting(name, { topic: { name: `${name}-in` }, consumer: { maxReplicas: 1 }, ...spec });
  const groups = async (prefix: string): Promise<string[]> =>
    (await live.kafka.admin.listGroups()).groups
      .map(({ groupId }) => groupId)
      .filter((group) => group.startsWith(prefix));
  /** Two records, and the result that the second one closes. */
  const work = async (topic: string, results: string): Promise<void> => {
    await live.write(
      topic,
      [0, 6].map((second) => ({ key: 'a', value: row('a', second, 1) })),
    );
    expect(await live.results(results, 1)).toEqual([count('a', 0, 1)]);
  };

  test.concurrent(
    'a job that is deleted leaves its topics, and one of the same name begins anew at once',
    async () => {
      const { metadata } = await live.apply(one('again'));
      const { run } = await live.ready('again');
      await work('again-in', 'again-out');
      await remove(live.server, 'again');
      const second = await live.apply(one('again', { sink: { kafka: { topic: 'again-more' } } }));
      expect(second.metadata.uid).not.toBe(metadata.uid);
      const status = await live.ready('again');
      expect(status.run).not.toBe(run);
      await live.results('again-more', 1);
      for (const kind of OWNED) {
        const owners = (await live.objects(kind, 'again')).flatMap(({ metadata: { ownerReferences = [] } }) =>
          ownerReferences.filter((owner) => owner.kind === 'StreamJob').map(({ uid }) => uid),
        );
        expect([kind, ...new Set(owners)]).toEqual(kind === 'Pod' ? ['Pod'] : [kind, second.metadata.uid]);
      }
      expect(await groups(`sj.default.again.${run}`)).toHaveLength(1);
      expect(await live.topics(`sj.default.again.${run}.`)).not.toEqual([]);

      await remove(live.server, 'again');
      await leftNothing('again');
      expect(await live.topics('again-')).toEqual(expect.arrayContaining(['again-in', 'again-out']));
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'with deletionPolicy Delete its own topics and its group go; its source goes only if that is said too',
    async () => {
      await live.apply(one('cleaned', { deletionPolicy: 'Delete' }));
      const topic = { name: 'swept-in', deletionPolicy: 'Delete' };
      await live.apply(one('swept', { deletionPolicy: 'Delete', topic }));
      for (const name of ['cleaned', 'swept']) {
        await live.ready(name);
        await work(`${name}-in`, `${name}-out`);
        expect(await live.topics(`sj.default.${name}.`)).not.toEqual([]);
        expect((await live.job(name))!.metadata.finalizers).toEqual(['streamjob.dev/kafka-cleanup']);
      }
      await remove(live.server, 'cleaned');
      await live.kubectl('delete', 'streamjob', 'swept', '--cascade=foreground', '--wait=false');
      for (const name of ['cleaned', 'swept']) {
        await gone(name);
        await leftNothing(name);
        expect(await live.topics(`sj.default.${name}.`)).toEqual([]);
        expect(await groups(`sj.default.${name}.`)).toEqual([]);
      }
      expect((await live.topics('')).filter((name) => /^(cleaned|swept)-/.test(name)).sort()).toEqual([
        'cleaned-in',
        'cleaned-out',
        'swept-out',
      ]);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a job whose Kafka is away goes all the same, after a while and with a word about what stays',
    async () => {
      await live.apply(one('stranded', { kafka: NOWHERE, deletionPolicy: 'Delete' }));
      await live.condition('stranded', 'KafkaReachable=False ConnectionFailed');
      await remove(live.server, 'stranded');
      await gone('stranded');
      const [event] = (await live.events('stranded')).filter((line) => line.includes('CleanupGivenUp'));
      expect(event).toContain('Warning CleanupGivenUp: topics and group of stranded stay in Kafka');
      expect(event).toContain('delete what begins with sj.default.');
      await leftNothing('stranded');
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a namespace can be deleted with jobs in it, with and without a finalizer, and with Kafka and without',
    async () => {
      const path = '/api/v1/namespaces';
      await live.server.request('POST', path, { metadata: { name: 'leaving' } });
      const metadata = { namespace: 'leaving' };
      const spec = (name: string): Patch => ({ topic: { name }, consumer: { maxReplicas: 1 } });
      await live.apply(live.counting('plain', spec('leaving-1'), metadata));
      await live.apply(live.counting('held', { ...spec('leaving-2'), deletionPolicy: 'Delete' }, metadata));
      await live.apply(live.counting('lost', { ...spec('x'), deletionPolicy: 'Delete', kafka: NOWHERE }, metadata));
      await live.ready('plain', 'leaving');
      await live.ready('held', 'leaving');
      expect(await live.topics('sj.leaving.held.')).not.toEqual([]);
      await live.server.request('DELETE', `${path}/leaving`);
      await eventually('the namespace is gone', async () => {
        return (await live.server.request('GET', `${path}/leaving`)).status === 404;
      });
      expect(await live.topics('sj.leaving.held.')).toEqual([]);
      expect(await live.topics('sj.leaving.plain.')).not.toEqual([]);
      expect(live.kubelet.podsOf({}).filter(({ namespace }) => namespace === 'leaving')).toEqual([]);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a name of 253 characters works from its creation to its end',
    async () => {
      const name = `7${'a'.repeat(61)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`;
      expect(name).toHaveLength(253);
      const spec = { topic: { name: 'long-in' }, sink: { kafka: { topic: 'long-out', format: 'csv' } } };
      await live.apply(one(name, { ...spec, deletionPolicy: 'Delete' }));
      await live.ready(name);
      await live.write(
        'long-in',
        [0, 6].map((second) => ({ key: 'a', value: row('a', second, 1) })),
      );
      await live.results('long-out', 1);
      const pages = await live.kubectl('get', 'streamjobs', name, '-o', 'name');
      expect(pages).toBe(`streamjob.streamjob.dev/${name}\n`);
      const prefix = `sj.default.7${'a'.repeat(53)}-`;
      expect(await live.topics(prefix)).not.toEqual([]);
      await remove(live.server, name);
      await gone(name);
      await leftNothing(name);
      expect(await live.topics(prefix)).toEqual([]);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'of two jobs that produce to one topic the younger waits until the elder is gone',
    async () => {
      const fields = ['name', 'address', 'year'].map((name) => ({ name, type: 'string' }));
      const produced = (name: string): JobResource =>
        live.passing(name, {
          topic: { name: 'shared-in' },
          schema: { format: 'csv', csv: { delimiter: '$' }, fields },
          producer: { source: { people: { count: 50 } } },
          sink: { kafka: { topic: `${name}-out`, format: 'csv', columns: ['name'] } },
        });
      await live.apply(produced('elder'));
      await live.results('elder-out', 50);
      await live.apply(produced('younger'));
      const message = await live.condition('younger', 'TopicReady=False NameConflict');
      expect(message).toContain('StreamJob default/elder produces to topic "shared-in" already');
      await live.ready('elder');
      expect(await live.objects('Deployment', 'younger')).toEqual([]);
      expect(await live.kafka.values('shared-in')).toHaveLength(50);
      await remove(live.server, 'elder');
      await live.ready('younger');
      await live.results('younger-out', 100);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'an object of somebody else is not touched, and the job goes on when it is out of the way',
    async () => {
      const labels = { app: 'web' };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
      const spec = { replicas: 0, selector: { matchLabels: labels }, template };
      const metadata = { name: 'taken-consumer', labels };
      await create(live.server, 'Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
      await live.apply(one('taken'));
      const message = await live.condition('taken', 'Deployed=False NameConflict');
      expect(message).toBe(
        'Deployment taken-consumer exists already and belongs to nobody: delete it, or give the job another name',
      );
      expect(conditionText((await live.job('taken'))!.status!, 'Ready')).toBe('Ready=False NotReady');
      const foreign = (await live.object('Deployment', 'taken-consumer')) as KubeObject & {
        metadata: { managedFields: { manager: string }[] };
      };
      expect(foreign.metadata).toMatchObject({ labels, generation: 1 });
      expect(foreign.metadata.managedFields.map(({ manager }) => manager)).not.toContain('streamjob-operator');
      await live.delete('Deployment', 'taken-consumer');
      await live.ready('taken');
      await work('taken-in', 'taken-out');
    },
    STORY_MILLIS,
  );
});
