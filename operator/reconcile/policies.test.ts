import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../resources/labels.ts';
import type { InputFacts, Observed, PeerFacts } from './observed.ts';
import { CREATED, jobResource, observed, secret } from './observed.test-kit.ts';
import { firstViolation } from './policies.ts';

const KAFKA = { brokers: ['kafka:9092'] };
const SECURED = {
  'spec.kafka': {
    ...KAFKA,
    sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } },
    tls: { caSecretRef: { name: 'ca' } },
  },
};
const LOGIN = secret('login', ['username', 'password']);
const TOKEN = {
  'spec.kafka': { ...KAFKA, sasl: { mechanism: 'OAUTHBEARER', secretRef: { name: 'login' } }, tls: {} },
};
const env = (source: object): Record<string, unknown> => ({
  'spec.runtime': { podTemplate: { env: [{ name: 'A', valueFrom: source }] } },
});
const PRODUCER = { 'spec.producer': { source: { file: { path: 'a.csv' } } } };
const peer = (facts: Partial<PeerFacts>): PeerFacts => ({
  namespace: 'team',
  name: 'other',
  createdAt: CREATED,
  hasProducer: true,
  ...facts,
});
const ofSpec = (spec: Record<string, unknown>, inputs: readonly InputFacts[] = []): Observed =>
  observed({ spec }, { inputs });
const withRun = (changed: Observed, facts: Partial<NonNullable<Observed['kafka']['run']>> = {}): Observed => {
  const { fingerprint } = observed().verdict.sound!;
  const run = { uid: jobResource().metadata.uid, partitions: 4, shufflePartitions: 8, fingerprint, ...facts };
  return { ...changed, kafka: { run } };
};

/** What runs is a job of this spec. */
function running(spec: Record<string, unknown>, present: Observed): Observed {
  const { verdict, kafkaRun } = ofSpec(spec);
  return { ...present, running: { revision: '00000000', run: kafkaRun, sound: verdict.sound! } };
}

describe('what keeps a spec from running', () => {
  it.each<{ name: string; of: Observed; want: string }>([
    {
      name: 'a schema that it does not fit, all of it at once',
      of: ofSpec({ 'spec.sink': {}, 'spec.topic.name': '' }),
      want: 'SpecValid InvalidSpec',
    },
    {
      name: 'a label that is the operator’s',
      of: ofSpec({ 'spec.runtime': { podTemplate: { labels: { 'streamjob.dev/job': 'x' } } } }),
      want: 'SpecValid InvalidSpec',
    },
    {
      name: 'another window than the run began with',
      of: withRun(ofSpec({ 'spec.window.size': '5m' })),
      want: 'SpecValid StateDoesNotFit',
    },
    {
      name: 'another topic than runs, before Kafka has told',
      of: running({}, ofSpec({ 'spec.topic.name': 'trips' })),
      want: 'SpecValid StateDoesNotFit',
    },
    { name: 'no Kafka anywhere', of: ofSpec({ 'spec.kafka': undefined }), want: 'KafkaReachable NotConfigured' },
    {
      name: 'a Secret that is missing',
      of: ofSpec(SECURED, [{ kind: 'Secret', name: 'login' }]),
      want: 'KafkaReachable SecretNotFound',
    },
    {
      name: 'a Secret without the key',
      of: ofSpec(SECURED, [LOGIN, secret('ca', ['tls.crt'])]),
      want: 'KafkaReachable SecretNotFound',
    },
    { name: 'a Secret without a token', of: ofSpec(TOKEN, [LOGIN]), want: 'KafkaReachable SecretNotFound' },
    {
      name: 'a Secret of a sink that is missing',
      of: ofSpec({ 'spec.sink': { gcs: { bucket: 'bucket', credentials: { secretRef: { name: 'key' } } } } }, [
        { kind: 'Secret', name: 'key' },
      ]),
      want: 'Deployed SecretNotFound',
    },
    {
      name: 'a ConfigMap of a variable that is missing',
      of: ofSpec(env({ configMapKeyRef: { name: 'settings', key: 'a' } }), [{ kind: 'ConfigMap', name: 'settings' }]),
      want: 'Deployed SecretNotFound',
    },
    {
      name: 'the run of a job of this name that was deleted',
      of: withRun(observed(), { uid: 'another' }),
      want: 'TopicReady NameConflict',
    },
    {
      name: 'a producer that was there before',
      of: observed({ spec: PRODUCER }, { peers: [peer({ createdAt: '2023-01-01T00:00:00Z' })] }),
      want: 'TopicReady NameConflict',
    },
    {
      name: 'a producer of the same second whose name comes first',
      of: observed({ spec: PRODUCER }, { peers: [peer({ name: 'another' })] }),
      want: 'TopicReady NameConflict',
    },
  ])('is $name', ({ of, want }) => {
    const violation = firstViolation(of);
    expect(`${violation?.type} ${violation?.reason}`).toBe(want);
  });

  it.each<{ name: string; of: Observed }>([
    { name: 'a sound spec', of: observed() },
    {
      name: 'another window in a new run',
      of: running({}, observed({ spec: { 'spec.window.size': '5m' }, annotations: { [ANNOTATIONS.newRun]: '2' } })),
    },
    { name: 'a change that the state survives', of: withRun(ofSpec({ 'spec.window.watermark': { delay: '5s' } })) },
    {
      name: 'the default cluster',
      of: observed({
        spec: { 'spec.kafka': undefined },
        options: { defaultKafka: { brokers: ['kafka:9092'] } as never },
      }),
    },
    { name: 'a Secret of which nothing is known yet', of: ofSpec(SECURED) },
    {
      name: 'a Secret that cannot be read',
      of: ofSpec(SECURED, [{ kind: 'Secret', name: 'login', trouble: 'forbidden' }]),
    },
    { name: 'Secrets that are there', of: ofSpec(SECURED, [LOGIN, secret('ca', ['ca.crt'])]) },
    {
      name: 'an optional ConfigMap that is missing',
      of: ofSpec(env({ configMapKeyRef: { name: 'settings', key: 'a', optional: true } }), [
        { kind: 'ConfigMap', name: 'settings' },
      ]),
    },
    {
      name: 'the run of another job that it takes over',
      of: withRun(ofSpec({ 'spec.resumeFrom': 'abc' }), { uid: 'another' }),
    },
    {
      name: 'a producer that came later',
      of: observed({ spec: PRODUCER }, { peers: [peer({ createdAt: '2024-01-01T00:00:00Z' })] }),
    },
    {
      name: 'an elder job that only reads',
      of: observed({ spec: PRODUCER }, { peers: [peer({ createdAt: '2023-01-01T00:00:00Z', hasProducer: false })] }),
    },
    {
      name: 'an elder producer where it only reads itself',
      of: observed({}, { peers: [peer({ createdAt: '2023-01-01T00:00:00Z' })] }),
    },
  ])('is not $name', ({ of }) => {
    expect(firstViolation(of)).toBeUndefined();
  });

  it('is told with the way to mend it', () => {
    const { message } = firstViolation(withRun(ofSpec({ 'spec.window.size': '5m' })))!;
    expect(message).toMatch(
      /spec\.window changed.*kubectl annotate streamjob job --overwrite streamjob\.dev\/new-run=2/,
    );
    expect(firstViolation(ofSpec({ 'spec.sink': {}, 'spec.topic.name': '' }))!.message).toMatch(
      /spec\.topic\.name: .*; spec\.sink: /,
    );
  });

  it('is the first of several, in the order of the list', () => {
    const both = observed(
      { spec: { ...PRODUCER, ...SECURED } },
      {
        inputs: [{ kind: 'Secret', name: 'login' }],
        peers: [peer({ createdAt: '2023-01-01T00:00:00Z' })],
      },
    );
    expect(firstViolation(both)?.reason).toBe('SecretNotFound');
  });
});
