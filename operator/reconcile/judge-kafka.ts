/** Whether Kafka answers, and whether the job's topic is as the job needs it. */
import type { ConditionReason, Judgement } from '../../crds/conditions.ts';
import type { Aim } from './aim.ts';
import type { KafkaTrouble, Observed } from './observed.ts';
import { podTroubles } from './pod-trouble.ts';

const KAFKA_REASONS: Readonly<Record<string, ConditionReason<'KafkaReachable'>>> = {
  LogUnavailable: 'ConnectionFailed',
  NotAuthenticated: 'AuthenticationFailed',
};

const TOPIC_REASONS: Readonly<Record<string, ConditionReason<'TopicReady'>>> = {
  NotAuthorized: 'NotAuthorized',
  NameConflict: 'NameConflict',
  TopicNotFound: 'TopicNotFound',
  TopicConflict: 'NameConflict',
};

export function judgeKafka(observed: Observed, { violation, target, end }: Aim): Judgement {
  const type = 'KafkaReachable';
  if (violation?.type === type) return { type, status: 'False', reason: violation.reason, message: violation.message };
  const found = troubleOf(observed, KAFKA_REASONS);
  if (found) return { type, status: 'False', reason: KAFKA_REASONS[found.code]!, message: found.message };
  if (observed.kafka.at !== undefined) return { type, status: 'True', reason: 'Connected', message: 'Kafka answers' };
  // A pod that is ready has a place in its group.
  if (observed.pods.some(({ isReady }) => isReady)) {
    return { type, status: 'True', reason: 'Connected', message: 'Kafka answers' };
  }
  const message = !target && !end ? 'nothing runs yet that would need it' : 'Kafka has not been asked yet';
  return { type, status: 'Unknown', reason: 'NotAsked', message };
}

export function judgeTopic(observed: Observed, { violation, target }: Aim): Judgement {
  const type = 'TopicReady';
  if (violation?.type === type) return { type, status: 'False', reason: violation.reason, message: violation.message };
  const found = troubleOf(observed, TOPIC_REASONS);
  if (found) return { type, status: 'False', reason: TOPIC_REASONS[found.code]!, message: found.message };
  const { kafka } = observed;
  if (kafka.at === undefined || !target) {
    return { type, status: 'Unknown', reason: 'Unknown', message: 'Kafka has not been asked yet' };
  }
  return judgeExisting(observed, target);
}

function judgeExisting({ kafka }: Observed, { sound }: NonNullable<Aim['target']>): Judgement {
  const type = 'TopicReady';
  const { name, partitions: declared } = sound.job.spec.topic;
  const { partitions, run } = kafka;
  if (partitions === undefined) {
    return {
      type,
      status: 'False',
      reason: 'TopicCreating',
      message: `topic "${name}" does not exist yet; the consumers create it with ${declared} ${plural(declared)}`,
    };
  }
  const wanted = Math.max(partitions, declared);
  if (run && sound.growth === 'keyed' && wanted > run.partitions) {
    return { type, status: 'False', reason: 'GrowthNeedsShuffle', message: growthText(name, run.partitions, wanted) };
  }
  return {
    type,
    status: 'True',
    reason: 'TopicReady',
    message: `topic "${name}" has ${partitions} ${plural(partitions)}`,
  };
}

const growthText = (topic: string, used: number, wanted: number): string =>
  `topic "${topic}" has or should have ${wanted} partitions, and the state of this run is bound to the keys of ${used}: ` +
  `the first ${used} are read on, records in others are not. Begin a new run (annotation streamjob.dev/new-run) with ` +
  'window.shuffle: always, which can grow';

/** What the operator met itself weighs more than what a pod says. */
function troubleOf({ kafka, pods }: Observed, reasons: Readonly<Record<string, string>>): KafkaTrouble | undefined {
  if (kafka.trouble && reasons[kafka.trouble.code]) return kafka.trouble;
  return podTroubles(pods).find(({ code }) => reasons[code] !== undefined);
}

const plural = (count: number): string => (count === 1 ? 'partition' : 'partitions');
