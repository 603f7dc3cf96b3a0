/** What people see of jobs through kubectl, word for word: a running one, and some that cannot run. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { whyNoPrograms } from '../harness/apiserver.ts';
import { whyNoKafka } from '../harness/kafka.ts';
import { kubectl } from '../harness/kubectl.ts';
import type { KubectlResult } from '../harness/kubectl.ts';
import { describeIf } from '../harness/skip.ts';
import { expectGolden, normalTable, normalText } from './kit-access-golden.ts';
import { Lifecycle, row, START_MILLIS, STORY_MILLIS } from './kit-lifecycle.ts';

const AGES = new Set(['AGE', 'WATERMARK', 'LAST SEEN']);

const why = whyNoPrograms() ?? whyNoKafka('4.1.1');

describeIf(why === undefined, why ?? '', 'kubectl', () => {
  let live: Lifecycle;

  const run = (...args: readonly string[]): Promise<KubectlResult> =>
    kubectl(args, { kubeconfig: live.server.kubeconfigFile });

  beforeAll(async () => {
    live = await Lifecycle.start();
    const one = { consumer: { maxReplicas: 1 } };
    await live.apply(live.counting('rides-by-zone'));
    await live.apply(live.counting('image-is-missing', { ...one, runtime: { image: 'missing:1' } }));
    await live.apply(live.counting('kafka-is-away', { ...one, kafka: { brokers: ['127.0.0.1:1'] } }));
    await live.apply(live.counting('spec-is-wrong', { steps: [{ name: 'few', filter: 'NN > 1' }] }));
    await live.apply(live.counting('suspended', { suspend: true }));
    await live.ready('rides-by-zone');
    const seconds = [0, 1, 6, 12];
    const partitions = [0, 1, 2, 3];
    const records = partitions.flatMap((partition) =>
      seconds.map((second) => ({ partition, key: `${partition}`, value: row(`${partition}`, second, 1) })),
    );
    await live.write('rides-by-zone-in', records);
    const isRead = (status: { lag?: number; watermark?: string }): boolean =>
      status.lag === 0 && status.watermark !== undefined;
    await live.status('rides-by-zone', 'all is read', isRead as never);
    await live.condition('image-is-missing', 'Deployed=False PodsFailing');
    await live.condition('kafka-is-away', 'KafkaReachable=False ConnectionFailed');
    await live.condition('spec-is-wrong', 'SpecValid=False InvalidSpec');
    await live.condition('suspended', 'Suspended=True Suspended');
  }, START_MILLIS);
  afterAll(() => live?.stop(), STORY_MILLIS);

  const cellOf = (value: string, column: string): string => {
    if (AGES.has(column) && value !== '') return 'AGE';
    return column === 'RUN' ? 'RUNRUNRU' : normalText(value);
  };

  it.each([
    ['get', ['get', 'streamjobs']],
    ['get-wide', ['get', 'sj', '-o', 'wide']],
    ['get-category', ['get', 'streaming']],
  ])('shows jobs in columns: %s', async (name, args) => {
    const { stdout, stderr, code } = await run(...args);
    expect([code, stderr]).toEqual([0, '']);
    expectGolden(name, normalTable(stdout, cellOf));
  });

  it.each(['streamjob', 'streamjob.spec', 'streamjob.spec.window', 'streamjob.spec.topic', 'streamjob.status'])(
    'explains %s',
    async (what) => {
      const { stdout, stderr, code } = await run('explain', what);
      expect([code, stderr]).toEqual([0, '']);
      expectGolden(`explain-${what.replaceAll('.', '-')}`, stdout.replaceAll(/[ \t]+$/gm, ''));
    },
  );

  it('waits for a job that is ready, and for one that is not', async () => {
    const ready = await run('wait', '--for=condition=Ready', 'streamjob/rides-by-zone', '--timeout=30s');
    const not = await run('wait', '--for=condition=Ready', 'streamjob/spec-is-wrong', '--timeout=1s');
    const invalid = await run('wait', '--for=condition=SpecValid=False', 'sj/spec-is-wrong', '--timeout=30s');
    expect([ready.code, not.code, invalid.code]).toEqual([0, 1, 0]);
    expectGolden('wait', [ready.stdout, not.stderr, invalid.stdout].join(''));
  });

  it.each(['rides-by-zone', 'spec-is-wrong', 'image-is-missing'])('describes the events of %s', async (name) => {
    const { stdout } = await run('describe', 'streamjob', name);
    const events = stdout.slice(stdout.indexOf('\nEvents:')).split('\n').slice(1);
    const [title = '', header = '', , ...lines] = events;
    const table = [header, ...lines].map((line) => line.slice(2)).join('\n');
    expectGolden(
      `events-${name}`,
      `${title}\n${normalTable(table, (value, column) => (column === 'Age' ? 'AGE' : normalText(value)))}`,
    );
  });

  it('scales a job, though not to none', async () => {
    const scaled = await run('scale', 'streamjob/suspended', '--replicas=3');
    const none = await run('scale', 'streamjob/suspended', '--replicas=0');
    expect([scaled.code, none.code]).toEqual([0, 1]);
    expectGolden('scale', scaled.stdout + none.stderr);
    const { stdout } = await run('get', 'sj', 'suspended', '-o', 'jsonpath={.spec.consumer.maxReplicas}');
    expect(stdout).toBe('3');
  });
});
