/**
 * While Kafka has not been asked, as after a start of the operator, what was judged of this run before is the best that
 * is known: an operator that is restarted makes no job unready.
 */
import type { ConditionReason, Judgement } from '../../crds/conditions.ts';
import type { Aim } from './aim.ts';
import type { Observed } from './observed.ts';

/** What nobody but Kafka tells. */
const OF_KAFKA: ReadonlySet<string> = new Set<ConditionReason>([
  'Connected',
  'TopicReady',
  'TopicCreating',
  'GrowthNeedsShuffle',
  'Progressing',
  'Quiet',
  'Stalled',
  'Advancing',
  'Idle',
  'WithinLag',
  'Behind',
]);

export function remembered(observed: Observed, aim: Aim, judgement: Judgement): Judgement {
  if (judgement.status !== 'Unknown' || isAsked(observed) || aim.end) return judgement;
  const { run, conditions = [] } = observed.job.status ?? {};
  const before = conditions.find(({ type }) => type === judgement.type);
  if (run !== aim.target?.identity.run || !before || !OF_KAFKA.has(before.reason)) return judgement;
  return { ...judgement, status: before.status, reason: before.reason, message: before.message } as Judgement;
}

const isAsked = ({ kafka: { at, trouble } }: Observed): boolean => at !== undefined || trouble !== undefined;
