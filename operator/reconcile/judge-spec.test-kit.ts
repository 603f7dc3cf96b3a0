/** What is judged of the spec, of Kafka and of the topic, and when. */
import type { Case } from './judge.test-kit.ts';
import { KEYED, NEEDS_LOGIN, recorded, running, troubled } from './judge.test-kit.ts';
import { kafkaAt, NOW, observed } from './observed.test-kit.ts';

export const SPEC_AND_KAFKA: readonly Case[] = [
  { name: 'the spec can run', of: () => running(), want: 'SpecValid True Valid' },
  {
    name: 'the schema refuses it',
    of: () => observed({ spec: { 'spec.sink': {} } }),
    want: 'SpecValid False InvalidSpec',
    says: 'spec.sink',
  },
  {
    name: 'the window was laid out otherwise when the run began',
    of: () =>
      running(
        { spec: { 'spec.window.size': '5m' } },
        { verdict: observed({ spec: { 'spec.window.size': '7m' } }).verdict },
      ),
    want: 'SpecValid False StateDoesNotFit',
    says: 'spec.window changed',
  },

  { name: 'Kafka answers', of: () => running(), want: 'KafkaReachable True Connected' },
  {
    name: 'pods that are ready have spoken to it',
    of: () => running({}, { kafka: {} }),
    want: 'KafkaReachable True Connected',
  },
  { name: 'it has not been asked', of: () => observed(), want: 'KafkaReachable Unknown NotAsked' },
  {
    name: 'no Kafka is named',
    of: () => observed({ spec: { 'spec.kafka': undefined } }),
    want: 'KafkaReachable False NotConfigured',
    says: 'spec.kafka.brokers',
  },
  {
    name: 'it does not answer',
    of: () => running({}, { kafka: { trouble: { code: 'LogUnavailable', message: 'no route' } } }),
    want: 'KafkaReachable False ConnectionFailed',
    says: 'no route',
  },
  {
    name: 'it answers the operator and no pod',
    of: () => troubled('LogUnavailable'),
    want: 'KafkaReachable False ConnectionFailed',
  },
  {
    name: 'it refuses the login',
    of: () => troubled('NotAuthenticated'),
    want: 'KafkaReachable False AuthenticationFailed',
  },
  {
    name: 'the Secret of the login is missing',
    of: () => observed({ spec: NEEDS_LOGIN }, { inputs: [{ kind: 'Secret', name: 'login' }] }),
    want: 'KafkaReachable False SecretNotFound',
    says: 'Secret "login" does not exist in namespace team',
  },

  {
    name: 'the topic is there',
    of: () => running(),
    want: 'TopicReady True TopicReady',
    says: 'topic "rides" has 4 partitions',
  },
  { name: 'a pod misses it', of: () => troubled('TopicNotFound'), want: 'TopicReady False TopicNotFound' },
  {
    name: 'it is still to be made',
    of: () => running({}, { kafka: { at: NOW } }),
    want: 'TopicReady False TopicCreating',
  },
  {
    name: 'partitions were added that a keyed state cannot follow',
    of: () => running({ spec: KEYED }, { kafka: { ...recorded(KEYED, { partitions: 2 }), partitions: 4 } }),
    want: 'TopicReady False GrowthNeedsShuffle',
    says: 'the first 2 are read on',
  },
  {
    name: 'the run belongs to another job',
    of: () => observed({}, { kafka: recorded({}, { uid: 'another' }) }),
    want: 'TopicReady False NameConflict',
  },
  {
    name: 'the topic is not as the job needs it',
    of: () => troubled('TopicConflict'),
    want: 'TopicReady False NameConflict',
  },
  {
    name: 'Kafka lets nobody read it',
    of: () => running({}, { kafka: kafkaAt({ trouble: { code: 'NotAuthorized', message: 'no' } }) }),
    want: 'TopicReady False NotAuthorized',
  },
  { name: 'nobody has looked', of: () => observed(), want: 'TopicReady Unknown Unknown' },
];
