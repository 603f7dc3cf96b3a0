/**
 * What happens to jobs: somebody changes their objects, their pods fail, Kafka goes away, Secrets are rotated, and the
 * operator itself is restarted, or another one takes its place.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StreamJobStatus } from '../../crds/stream-job.ts';
import type { KubeObject } from '../../operator/resources/kube-object.ts';
import { whyNoPrograms } from '../harness/apiserver.ts';
import { startKafka, whyNoKafka } from '../harness/kafka.ts';
import { describeIf } from '../harness/skip.ts';
import { conditionOf, create, patch } from './kit-jobs.ts';
import { conditionText, eventually, Lifecycle, row, START_MILLIS, STORY_MILLIS } from './kit-lifecycle.ts';

const reason = whyNoPrograms() ?? whyNoKafka('4.1.1');
const ONE_POD = { consumer: { maxReplicas: 1 } };

interface DeploymentView extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

describeIf(reason === undefined, reason ?? '', 'trouble with a job', () => {
  let live: Lifecycle;

  beforeAll(async () => {
    live = await Lifecycle.start();
  }, START_MILLIS);
  afterAll(() => live?.stop(), STORY_MILLIS);

  test.concurrent(
    'what somebody changes of the objects of a job is mended, and what others add stays',
    async () => {
      await live.apply(live.passing('drifting'));
      await live.ready('drifting');
      const name = 'drifting-consumer';
      const deployment = async (): Promise<DeploymentView | undefined> =>
        (await live.object('Deployment', name)) as DeploymentView | undefined;
      const { metadata } = (await deployment())!;
      const image = async (): Promise<string> => (await deployment())!.spec.template.spec.containers[0]!.image;
      const sound = await image();

      const foreign = { labels: { team: 'data' }, annotations: { 'a.example/note': 'ours' } };
      await live.meddle('Deployment', name, { metadata: foreign });
      await live.meddle('Deployment', name, { spec: { replicas: 0 } });
      await eventually('2 replicas again', async () => (await deployment())?.spec.replicas === 2);
      await live.kubectl('set', 'image', `deployment/${name}`, 'runtime=other:1');
      await eventually('its own image again', async () => (await image()) === sound);
      expect((await deployment())!.metadata).toMatchObject({ uid: metadata.uid, ...foreign });

      const [{ spec }] = (await live.objects('Service', 'drifting')) as [KubeObject];
      await live.meddle('Service', 'drifting-metrics', { spec: { selector: { 'streamjob.dev/job': 'other' } } });
      await eventually('its own selector again', async () => {
        const service = await live.object('Service', 'drifting-metrics');
        return JSON.stringify(service?.spec) === JSON.stringify(spec);
      });

      await live.ready('drifting');
      const pods = live.podNames('drifting');
      const [revision] = await live.objects('ConfigMap', 'drifting');
      await live.delete('ConfigMap', revision!.metadata.name);
      await eventually('the revision again', async () => {
        const found = await live.object('ConfigMap', revision!.metadata.name);
        return found && found.metadata.uid !== revision!.metadata.uid && found;
      });
      await live.ready('drifting');
      expect(live.podNames('drifting')).toEqual(pods);
      expect((await live.object('ConfigMap', revision!.metadata.name))!.data).toEqual(revision!.data);

      await live.delete('Deployment', name);
      await eventually('another Deployment', async () => {
        const found = await deployment();
        return found && found.metadata.uid !== metadata.uid;
      });
      await live.status('drifting', '2 pods', ({ ready }) => ready === '2/2');
      await live.ready('drifting');
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a job waits for a Secret that is missing; another content rolls its pods once',
    async () => {
      const env = [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'token', key: 'text' } } }];
      await live.apply(live.passing('secretive', { runtime: { podTemplate: { env } }, ...ONE_POD }));
      expect(await live.condition('secretive', 'Deployed=False SecretNotFound')).toBe(
        'spec.runtime.podTemplate.env[0].valueFrom.secretKeyRef: Secret "token" does not exist in namespace default',
      );
      expect(await live.objects('Deployment', 'secretive')).toEqual([]);
      await create(live.server, 'Secret', { metadata: { name: 'token' }, stringData: { text: 'open sesame' } });
      await live.ready('secretive');
      const [first] = live.podNames('secretive');
      await live.meddle('Secret', 'token', { stringData: { text: 'abracadabra' } });
      await eventually('another pod', () => {
        const [pod, ...more] = live.pods('secretive');
        return more.length === 0 && pod?.isReady && pod.name !== first;
      });
      await live.ready('secretive');
      expect(await live.replicaSets('secretive')).toBe(2);
      const everything = JSON.stringify([await live.objects('Deployment', 'secretive'), await live.job('secretive')]);
      expect(everything + live.operator.log).not.toMatch(/sesame|abracadabra/);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a login that is missing, a pod template that is not allowed and an expression with a mistake are told as such',
    async () => {
      const sasl = { mechanism: 'PLAIN', secretRef: { name: 'nobody' } };
      await live.apply(live.passing('no-login', { kafka: { brokers: live.kafka.brokers, sasl } }));
      await live.apply(live.passing('no-field', { steps: [{ name: 'some', filter: 'NONE > 1' }] }));
      const podTemplate = { env: [{ name: 'STREAMJOB_RUN', value: 'mine' }] };
      await live.apply(live.passing('no-run', { runtime: { podTemplate } }));
      expect(await live.condition('no-login', 'KafkaReachable=False SecretNotFound')).toBe(
        'spec.kafka.sasl.secretRef: Secret "nobody" does not exist in namespace default',
      );
      expect(await live.condition('no-field', 'SpecValid=False InvalidSpec')).toContain('spec.steps[0].filter');
      expect(await live.job('no-field')).toMatchObject({ status: { phase: 'Failed' } });
      expect(await live.condition('no-run', 'SpecValid=False InvalidSpec')).toContain(
        'spec.runtime.podTemplate.env[0].name: must be another name',
      );
      for (const name of ['no-login', 'no-field', 'no-run']) {
        expect(await live.objects('Deployment', name)).toEqual([]);
      }
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'an image that cannot be pulled is named, until there is another one',
    async () => {
      await live.apply(live.passing('no-image', { runtime: { image: 'missing:1' }, ...ONE_POD }));
      const message = await live.condition('no-image', 'Deployed=False PodsFailing');
      expect(message).toContain('ImagePullBackOff: the image missing:1 cannot be pulled');
      expect(await live.job('no-image')).toMatchObject({ status: { phase: 'Failed' } });
      await patch(live.server, 'no-image', { spec: { runtime: { image: null } } });
      await live.ready('no-image');
      expect((await live.job('no-image'))!.status!.lastError).toBeUndefined();
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a pod that needs too much memory is named, and the job is ready again when the pod is',
    async () => {
      await live.apply(live.passing('hungry', ONE_POD));
      await live.ready('hungry');
      const [pod] = live.podNames('hungry');
      live.kubelet.kill(pod!, 'SIGKILL', 'OOMKilled');
      const message = await live.condition('hungry', 'Deployed=False PodsFailing');
      expect(message).toBe(`pod ${pod}: OOMKilled: the container used more memory than its limit and was killed`);
      await live.ready('hungry');
      expect(live.podNames('hungry')).toEqual([pod]);
      expect((await live.job('hungry'))!.status!.lastError).toBeUndefined();
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a record that a job may not skip is named; one that may takes it for a dead letter',
    async () => {
      await live.apply(live.passing('strict', { topic: { name: 'strict-in' }, onError: 'fail', ...ONE_POD }));
      await live.ready('strict');
      await live.write('strict-in', [{ value: row('a', 0, 1) }, { value: row('a', 1, NaN) }]);
      const message = await live.condition('strict', 'Progressing=False RecordRefused');
      expect(message).toContain('strict-in/0@1');
      expect(await live.status('strict', 'its record', ({ lastError }) => lastError !== undefined)).toMatchObject({
        lastError: { record: 'strict-in/0@1', pod: live.podNames('strict')[0] },
      });
      expect((await live.events('strict')).join('\n')).toContain('Warning RecordRefused: pod strict-consumer-');
      await patch(live.server, 'strict', { spec: { onError: 'deadLetter' } });
      await live.condition('strict', 'DeadLettering=True DeadLetters');
      expect(await live.ready('strict')).toMatchObject({ deadLetters: 1 });
      expect(await live.results('strict-out', 1)).toEqual(['a,1']);
    },
    STORY_MILLIS,
  );

  test.concurrent(
    'a job outlives its Kafka being away',
    async () => {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'streamjob-away-'));
      let broker = await startKafka({ version: '4.1.1', dataDir });
      const { brokers } = broker;
      try {
        await live.apply(live.passing('cut-off', { kafka: { brokers } }));
        await live.ready('cut-off');
        const pods = live.podNames('cut-off');
        await broker.stop();
        await live.condition('cut-off', 'KafkaReachable=False ConnectionFailed');
        await live.condition('cut-off', 'Ready=False NotReady');
        broker = await startKafka({ version: '4.1.1', dataDir, port: Number(brokers[0]!.split(':')[1]) });
        await live.condition('cut-off', 'KafkaReachable=True Connected');
        await live.ready('cut-off');
        expect(live.podNames('cut-off')).toEqual(pods);
        expect(live.pods('cut-off').map(({ restartCount }) => restartCount)).toEqual([0, 0]);
      } finally {
        await broker.stop();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    STORY_MILLIS,
  );

  test(
    'an operator that is restarted, and one of another version, leave everything as it is until an upgrade is asked for',
    async () => {
      await live.kafka.log.createTopic('done-in', { partitions: 1 });
      await live.apply(live.passing('steady'));
      await live.apply(live.passing('halted', { suspend: true }));
      await live.apply(live.passing('done', { topic: { name: 'done-in' }, stopAt: { position: 'latest' } }));
      const isSo = (phase: string) => (status: StreamJobStatus) => status.phase === phase;
      const readySince = (status: StreamJobStatus): string => conditionOf(status, 'Ready')!.lastTransitionTime;
      const before = await live.ready('steady');
      await live.status('halted', 'Suspended', isSo('Suspended'));
      await live.status('done', 'Completed', isSo('Completed'));
      await live.podsGone('done');
      const pods = live.podNames('steady');

      await live.restartOperator({ STREAMJOB_OPERATOR_IMAGE: 'streamjob:next' });
      const how = await live.condition('steady', 'RuntimeOutdated=True Outdated');
      // Each of them has had its pass by then, and Kafka has been asked.
      for (const name of ['steady', 'halted', 'done']) {
        await patch(live.server, name, { spec: { deletionPolicy: 'Delete' } });
        await eventually('a pass', async () => (await live.job(name))!.metadata.finalizers?.length === 1);
      }
      const after = await live.ready('steady');
      expect(readySince(after)).toBe(readySince(before));
      expect(live.podNames('steady')).toEqual(pods);
      expect(await live.replicaSets('steady')).toBe(1);
      await live.status('halted', 'Suspended', isSo('Suspended'));
      await live.status('done', 'Completed', isSo('Completed'));
      for (const name of ['halted', 'done']) expect(live.podNames(name)).toEqual([]);

      const [, command] = /: kubectl (annotate streamjob steady --overwrite \S+)/.exec(how)!;
      await live.kubectl(...command!.split(' '));
      await live.status('steady', 'the new image', ({ runtimeImage }) => runtimeImage === 'streamjob:next');
      const upgraded = await live.ready('steady');
      expect(conditionText(upgraded, 'RuntimeOutdated')).toBe('RuntimeOutdated=False Current');
      expect(upgraded.run).toBe(before.run);
      expect(await live.replicaSets('steady')).toBe(2);
    },
    STORY_MILLIS,
  );
});
