/**
 * The conditions of a StreamJob: closed unions of types and of the reasons of each type, so that every reason a job
 * cannot run has a name here, in the docs and in alerts.
 */
export const CONDITION_REASONS = {
  Ready: ['Ready', 'NotReady', 'Suspended', 'Completed'],
  SpecValid: ['Valid', 'InvalidSpec', 'StateDoesNotFit'],
  KafkaReachable: [
    'Connected',
    'NotAsked',
    'NotConfigured',
    'ConnectionFailed',
    'AuthenticationFailed',
    'SecretNotFound',
  ],
  TopicReady: [
    'TopicReady',
    'TopicNotFound',
    'TopicCreating',
    'GrowthNeedsShuffle',
    'NameConflict',
    'NotAuthorized',
    'Unknown',
  ],
  Deployed: [
    'Deployed',
    'Deploying',
    'Blocked',
    'PodsFailing',
    'ApplyFailed',
    'NameConflict',
    'SecretNotFound',
    'Suspended',
    'Completed',
  ],
  Progressing: [
    'Progressing',
    'Quiet',
    'Stalled',
    'NotStarted',
    'OffsetsLost',
    'StateTooLarge',
    'StateUnreadable',
    'RecordRefused',
    'SinkUnavailable',
    'JobFailed',
    'Suspended',
    'Completed',
  ],
  WatermarkAdvancing: ['Advancing', 'Idle', 'Stalled', 'NoWindow', 'NotStarted'],
  WithinLag: ['WithinLag', 'Behind', 'Unknown'],
  DeadLettering: ['NoDeadLetters', 'DeadLetters'],
  Suspended: ['Running', 'Draining', 'Suspended'],
  RuntimeOutdated: ['Current', 'Outdated'],
} as const;

export type ConditionType = keyof typeof CONDITION_REASONS;
export type ConditionReason<T extends ConditionType = ConditionType> = (typeof CONDITION_REASONS)[T][number];
export const CONDITION_TYPES = Object.keys(CONDITION_REASONS) as readonly ConditionType[];

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What a pass of the operator judges; the times are added by mergeConditions. */
export type Judgement<T extends ConditionType = ConditionType> = T extends ConditionType
  ? Readonly<{ type: T; status: ConditionStatus; reason: ConditionReason<T>; message: string }>
  : never;

export type Condition = Readonly<{
  type: string;
  status: ConditionStatus;
  reason: string;
  message: string;
  observedGeneration?: number | undefined;
  lastTransitionTime: string;
}>;

/** The new list of conditions, in the order of CONDITION_TYPES; lastTransitionTime stays unless the status flips. */
export function mergeConditions(
  before: readonly Condition[],
  judged: readonly Judgement[],
  at: { now: string; generation: number },
): Condition[] {
  const merged = new Map(before.map((condition) => [condition.type, condition]));
  for (const judgement of judged) {
    const old = merged.get(judgement.type);
    const lastTransitionTime = old?.status === judgement.status ? old.lastTransitionTime : at.now;
    merged.set(judgement.type, { ...judgement, observedGeneration: at.generation, lastTransitionTime });
  }
  return [...merged.values()].sort((a, b) => rank(a.type) - rank(b.type));
}

/** Conditions of other writers come last, as they stand. */
function rank(type: string): number {
  const index = CONDITION_TYPES.indexOf(type as ConditionType);
  return index < 0 ? CONDITION_TYPES.length : index;
}
