/** Why a job cannot be as its manifest says: the condition that turns False, and what a person can do about it. */
import type { ConditionReason, ConditionType } from '../../crds/conditions.ts';

export type Violation = {
  [T in ConditionType]: Readonly<{ type: T; reason: ConditionReason<T>; message: string }>;
}[ConditionType];
