/** What is told as an Event: that something has become different, once, and nothing when nothing has. */
import type { Judgement } from '../../crds/conditions.ts';
import type { Aim } from './aim.ts';
import type { Observed } from './observed.ts';
import type { EventDraft } from './plan.ts';
import { consumerDeployment } from './target.ts';

/** Of each condition, which status is bad news. */
const BAD: Readonly<Record<string, 'True' | 'False'>> = {
  SpecValid: 'False',
  KafkaReachable: 'False',
  TopicReady: 'False',
  Deployed: 'False',
  Progressing: 'False',
  WatermarkAdvancing: 'False',
  DeadLettering: 'True',
};
/** Asked for by a person, and no trouble. */
const WANTED = new Set(['Suspended', 'Completed', 'Blocked', 'TopicCreating']);

export function eventsOf(observed: Observed, aim: Aim, judged: readonly Judgement[]): EventDraft[] {
  return [...judged.flatMap((judgement) => conditionEvent(observed, judgement)), ...scalingEvent(observed, aim)];
}

function conditionEvent({ job }: Observed, { type, status, reason, message }: Judgement): EventDraft[] {
  const before = job.status?.conditions?.find((condition) => condition.type === type);
  if (before?.status === status && before.reason === reason) return [];
  if (type === 'Ready') return readyEvent(before?.reason, { status, reason, message });
  if (BAD[type] !== status || WANTED.has(reason)) return [];
  return [{ type: 'Warning', reason, message }];
}

function readyEvent(before: string | undefined, { status, reason, message }: Omit<Judgement, 'type'>): EventDraft[] {
  const isNews = status === 'True' || reason === 'Completed' || reason === 'Suspended';
  return isNews && before !== reason ? [{ type: 'Normal', reason, message }] : [];
}

function scalingEvent(observed: Observed, { consumers, end, isChangingRun, target }: Aim): EventDraft[] {
  // What leaves for another reason is told as that, and what nobody can judge is left alone.
  if (!target || end || isChangingRun) return [];
  const before = (consumerDeployment(observed)?.spec as { replicas?: number } | undefined)?.replicas;
  if (before === undefined || before === consumers) return [];
  return [{ type: 'Normal', reason: 'Scaled', message: `consumers ${before} → ${consumers}` }];
}
