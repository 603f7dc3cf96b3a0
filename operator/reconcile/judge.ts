/**
 * How a job does, as conditions. Each judgement is made of what was observed and of nothing else, and its words do not
 * change while nothing changes: no instants, no counters that move with every record.
 */
import type { Judgement } from '../../crds/conditions.ts';
import type { Observed } from './observed.ts';
import type { Aim } from './aim.ts';
import { judgeDeployed } from './judge-deployed.ts';
import { judgeKafka, judgeTopic } from './judge-kafka.ts';
import { judgeDeadLetters, judgeLag, judgeProgress, judgeWatermark } from './judge-progress.ts';
import { remembered } from './remembered.ts';
import { shortened } from './shortened.ts';
import type { Violation } from './violation.ts';

/** In the order of crds/conditions.ts; Ready, which sums the others up, is first. */
export function judge(observed: Observed, aim: Aim): Judgement[] {
  const judged: Judgement[] = [
    judgeSpec(aim.violation),
    judgeKafka(observed, aim),
    judgeTopic(observed, aim),
    judgeDeployed(observed, aim),
    judgeProgress(observed, aim),
    judgeWatermark(observed, aim),
    judgeLag(observed, aim),
    judgeDeadLetters(observed, aim),
    judgeSuspended(observed, aim),
    judgeRuntime(observed, aim),
  ];
  const parts = judged.map((judgement) => remembered(observed, aim, judgement));
  return [judgeReady(parts, aim), ...parts].map((judgement) => ({
    ...judgement,
    message: shortened(judgement.message, LONGEST_MESSAGE),
  }));
}

/** Of a condition; the API server refuses a status with a longer one. */
const LONGEST_MESSAGE = 32_768;

/** What a job must have to be ready; being behind or having dead letters is told, and is no reason to call it unready. */
const NEEDED: readonly string[] = ['SpecValid', 'KafkaReachable', 'TopicReady', 'Deployed', 'Progressing'];

function judgeReady(parts: readonly Judgement[], { end }: Aim): Judgement {
  const type = 'Ready';
  if (end === 'completed') {
    return { type, status: 'False', reason: 'Completed', message: 'the bounded run has come to its end' };
  }
  const failed = parts.filter(
    ({ type: part, status, reason }) => NEEDED.includes(part) && status === 'False' && reason !== 'Suspended',
  );
  // The consumers create the topic: what keeps them from it is the cause.
  const worst = failed.find(({ reason }) => reason !== 'TopicCreating') ?? (end ? undefined : failed[0]);
  if (end === 'suspended' && !worst)
    return { type, status: 'False', reason: 'Suspended', message: 'spec.suspend is true' };
  const missing = worst ?? parts.find((part) => NEEDED.includes(part.type) && part.status !== 'True');
  if (!missing) return { type, status: 'True', reason: 'Ready', message: 'all pods work' };
  return {
    type,
    status: 'False',
    reason: 'NotReady',
    message: `${missing.type} (${missing.reason}): ${missing.message}`,
  };
}

function judgeSpec(violation: Violation | undefined): Judgement {
  const type = 'SpecValid';
  if (violation?.type !== type) return { type, status: 'True', reason: 'Valid', message: 'the spec can run' };
  return { type, status: 'False', reason: violation.reason, message: violation.message };
}

function judgeSuspended({ pods }: Observed, { end }: Aim): Judgement {
  const type = 'Suspended';
  if (end !== 'suspended') return { type, status: 'False', reason: 'Running', message: 'spec.suspend is false' };
  if (pods.length > 0) {
    return { type, status: 'False', reason: 'Draining', message: 'pods commit what they have and stop' };
  }
  return { type, status: 'True', reason: 'Suspended', message: 'all pods have stopped; spec.suspend: false resumes' };
}

function judgeRuntime({ options, job: { metadata } }: Observed, { target }: Aim): Judgement {
  const type = 'RuntimeOutdated';
  const chosen = target?.sound.job.spec.runtime.image;
  const image = target?.revision.image ?? options.image;
  if (chosen !== undefined || image === options.image) {
    return { type, status: 'False', reason: 'Current', message: `pods run ${image}` };
  }
  const how = `kubectl annotate streamjob ${metadata.name} --overwrite streamjob.dev/upgrade=${options.operatorVersion}`;
  return {
    type,
    status: 'True',
    reason: 'Outdated',
    message: `pods run ${image}, and the operator brings ${options.image}: ${how} restarts them with it`,
  };
}
