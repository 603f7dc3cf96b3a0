/**
 * A broker answered with an error code. Kept beside the message, so that whoever asked can tell what may be tried again
 * from what was refused for good.
 */
import { StreamJobError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import type { Asked } from './failures/trial.ts';
import { errorName } from './protocol-errors.ts';

/** The codes that callers of this folder act upon. */
export const OFFSET_OUT_OF_RANGE = 1;
export const UNKNOWN_TOPIC_OR_PARTITION = 3;
export const LEADER_NOT_AVAILABLE = 5;
export const MESSAGE_TOO_LARGE = 10;
export const RECORD_LIST_TOO_LARGE = 18;
export const TOPIC_ALREADY_EXISTS = 36;
export const INVALID_PARTITIONS = 37;
export const DUPLICATE_SEQUENCE_NUMBER = 46;
export const CONCURRENT_TRANSACTIONS = 51;
export const OPERATION_NOT_ATTEMPTED = 55;
export const NON_EMPTY_GROUP = 68;
export const GROUP_ID_NOT_FOUND = 69;
export const UNSTABLE_OFFSET_COMMIT = 88;

const INVALID_TOPIC_EXCEPTION = 17;
const INVALID_CONFIG = 40;
const POLICY_VIOLATION = 44;
const INVALID_TRANSACTION_TIMEOUT = 50;

const CODES = new Map<number, ErrorCode>([
  [OFFSET_OUT_OF_RANGE, 'OffsetOutOfRange'],
  [UNKNOWN_TOPIC_OR_PARTITION, 'TopicNotFound'],
  // Of topics, groups, the cluster, transactional ids.
  [29, 'NotAuthorized'],
  [30, 'NotAuthorized'],
  [31, 'NotAuthorized'],
  [53, 'NotAuthorized'],
  [INVALID_TOPIC_EXCEPTION, 'ConfigInvalid'],
  [INVALID_PARTITIONS, 'ConfigInvalid'],
  [INVALID_CONFIG, 'ConfigInvalid'],
  [POLICY_VIOLATION, 'ConfigInvalid'],
  [INVALID_TRANSACTION_TIMEOUT, 'ConfigInvalid'],
]);

export interface RefusalDetails {
  /** In the broker's own words, if it has any. */
  readonly why?: string | null | undefined;
  /** What the request needs, in the words of ACLs. */
  readonly asked?: readonly Asked[] | undefined;
  /** The whole message, where somebody knows better. */
  readonly line?: string;
}

export class BrokerRefusal extends StreamJobError {
  readonly kafkaCode: number;
  readonly asked: readonly Asked[];

  /** `what` could not be done, such as `read the offsets of t/0`. */
  constructor(kafkaCode: number, what: string, { why, asked = [], line }: RefusalDetails = {}) {
    const code = CODES.get(kafkaCode) ?? 'LogUnavailable';
    const problem = code === 'NotAuthorized' ? `not allowed to ${what}` : `cannot ${what}`;
    super(code, line ?? message(kafkaCode, problem, why));
    this.kafkaCode = kafkaCode;
    this.asked = asked;
  }
}

/** Throws unless the code is 0. */
export function assertAccepted(kafkaCode: number, what: string, details?: RefusalDetails): void {
  if (kafkaCode !== 0) throw new BrokerRefusal(kafkaCode, what, details);
}

/** Says of a code and of what was asked for which ACL to grant to whom. */
export type TellGrant = (kafkaCode: number, asked: readonly Asked[]) => StreamJobError;

/** The same failure; where an ACL is missing, with the words that name it. */
export function withGrant(failure: unknown, tell: TellGrant | undefined): unknown {
  if (!tell || !(failure instanceof BrokerRefusal) || failure.code !== 'NotAuthorized') return failure;
  const { kafkaCode, asked } = failure;
  if (asked.length === 0) return failure;
  return new BrokerRefusal(kafkaCode, '', { asked, line: tell(kafkaCode, asked).message });
}

export function isRefusal(error: unknown, ...kafkaCodes: readonly number[]): error is BrokerRefusal {
  return error instanceof BrokerRefusal && kafkaCodes.includes(error.kafkaCode);
}

function message(kafkaCode: number, problem: string, why: string | null | undefined): string {
  const said = why ? `: ${why.split('\n')[0]!.trim()}` : '';
  return `${problem}: Kafka answers ${errorName(kafkaCode)}${said}`;
}
