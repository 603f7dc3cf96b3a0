/**
 * Names of what a run of a job keeps in Kafka. The operator and the runtime both compute them, so nobody has to look a
 * name up: `sj.<namespace>.<name>.<run>`, and one more part or two for what it is.
 *
 * A dot in a job's name becomes `_`, which no Kubernetes name holds. So a dot always parts two parts, two identities
 * never share a name, not even where Kafka takes `.` and `_` for the same, and `<prefix>.` begins the names of one run
 * only: a prefixed ACL on it is safe.
 */
import { DnsName, ObjectName } from './common.ts';

/** One run of one StreamJob. Names hold all of it but the uid, which tells a re-created job from the one before. */
export interface JobIdentity {
  readonly namespace: string;
  readonly name: string;
  /** metadata.uid of the StreamJob. */
  readonly uid: string;
  /** Short id of the run, from the status. */
  readonly run: string;
}

export const RUN = /^[a-z0-9]{1,16}$/;
/** How a process calls itself: a pod's name. */
export const INSTANCE = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** Length of a part that was shortened; one that was not is shorter, so that the two never look alike. */
const SHORTENED = 63;
const HASH_DIGITS = 8;

/** At most 147 characters. Throws a RangeError on an identity that Kubernetes would not have let through. */
export function runPrefix({ namespace, name, run }: JobIdentity): string {
  expect('namespace', namespace, DnsName.safeParse(namespace).success);
  expect('name', name, ObjectName.safeParse(name).success);
  expect('run', run, RUN.test(run));
  return `sj.${namespace}.${part(name)}.${run}`;
}

function expect(what: keyof JobIdentity | 'instance', got: string, isLegal: boolean): void {
  if (!isLegal) throw new RangeError(`not the ${what} of a job: ${JSON.stringify(got)}`);
}

/** The consumer group. */
export const groupName = (identity: JobIdentity): string => runPrefix(identity);

/** Who the run belongs to, and what was decided once for it, such as where it started to read. */
export const runTopic = (identity: JobIdentity): string => `${runPrefix(identity)}.run`;

/** The state of the tasks of a stage, a partition each. */
export const changelogTopic = (identity: JobIdentity, stage: number): string =>
  `${runPrefix(identity)}.changelog.${stage}`;

/** What a stage behind a shuffle reads. */
export const repartitionTopic = (identity: JobIdentity, stage: number): string =>
  `${runPrefix(identity)}.repartition.${stage}`;

/** How far the producer has come with its source. */
export const producerTopic = (identity: JobIdentity): string => `${runPrefix(identity)}.producer`;

export const deadLetterTopic = (identity: JobIdentity): string => `${runPrefix(identity)}.dead-letters`;

/** Transactional id of a consumer process. Throws a RangeError on an instance that is no name of a pod or host. */
export function consumerWriterId(identity: JobIdentity, instance: string): string {
  expect('instance', instance, INSTANCE.test(instance));
  return `${runPrefix(identity)}.consumer.${part(instance)}`;
}

/** Transactional id of the producer: the same for each of its processes, since only one may write. */
export const producerWriterId = (identity: JobIdentity): string => `${runPrefix(identity)}.producer`;

/** A name as one part between dots, at most 63 characters. */
function part(name: string): string {
  const undotted = name.replaceAll('.', '_');
  if (undotted.length < SHORTENED) return undotted;
  return `${undotted.slice(0, SHORTENED - HASH_DIGITS - 1)}-${hashText(name)}`;
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** 64-bit FNV-1a of ASCII text, folded to 8 hexadecimal digits. */
function hashText(text: string): string {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * FNV_PRIME);
  }
  return BigInt.asUintN(32, hash ^ (hash >> 32n))
    .toString(16)
    .padStart(HASH_DIGITS, '0');
}
