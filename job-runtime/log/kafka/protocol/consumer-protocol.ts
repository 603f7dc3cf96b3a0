/**
 * What members and leader tell one another, in the format of Kafka's own consumers (version 0), so that its tools show
 * who reads what. What Kafka has no field for travels in the format's user data: a version byte, then JSON.
 */
import { StreamJobError } from '../../../errors.ts';
import type { GroupPlan, MemberClaim } from '../../group.ts';
import type { TopicPartition } from '../../log.ts';
import { WireReader, WireWriter } from './wire.ts';

const VERSION = 0;
const USER_DATA_VERSION = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export type Claim = Omit<MemberClaim, 'memberId'>;

export interface GivenPart {
  readonly partitions: readonly TopicPartition[];
  readonly shared: GroupPlan['shared'];
}

type PartitionsByTopic = Readonly<Record<string, readonly number[]>>;

const NO_CLAIM: Claim = { owned: [], generation: -1 };

/** A member's metadata. The same claim gives the same bytes: the broker takes other bytes for news. */
export function encodeClaim(topics: readonly string[], { owned, generation }: Claim): Uint8Array {
  const out = new WireWriter();
  out.int16(VERSION);
  out.array(topics, (topic) => out.string(topic));
  writeUserData(out, { generation, owned: Object.fromEntries(byTopic(owned)) });
  return out.toBytes();
}

/** A claim that this release cannot read, say of a later one, is as good as none: it only makes assignments sticky. */
export function decodeClaim(metadata: Uint8Array): Claim {
  try {
    const from = new WireReader(metadata);
    from.int16();
    from.array(() => from.string());
    const said = readUserData(from) as { generation: number; owned: PartitionsByTopic } | undefined;
    if (!said || !Number.isInteger(said.generation)) return NO_CLAIM;
    return { generation: said.generation, owned: flat(Object.entries(said.owned)) };
  } catch {
    return NO_CLAIM;
  }
}

export function encodePart({ partitions, shared }: GivenPart): Uint8Array {
  const out = new WireWriter();
  out.int16(VERSION);
  out.array([...byTopic(partitions)], ([topic, numbers]) => {
    out.string(topic);
    out.array(numbers, (partition) => out.int32(partition));
  });
  writeUserData(out, shared);
  return out.toBytes();
}

/** Throws a StreamJobError: unlike a claim, a part that is read wrongly gives wrong results. */
export function decodePart(assignment: Uint8Array): GivenPart {
  if (assignment.length === 0) return { partitions: [], shared: {} };
  const from = new WireReader(assignment);
  from.int16();
  const topics = from.array(() => [from.string() ?? '', from.array(() => from.int32())] as const);
  const shared = readUserData(from) as GivenPart['shared'] | undefined;
  if (shared) return { partitions: flat(topics), shared };
  throw new StreamJobError(
    'NameConflict',
    'the leader of the consumer group is of a release that this one does not understand: let all pods run one release',
  );
}

function writeUserData(out: WireWriter, value: unknown): void {
  const text = encoder.encode(JSON.stringify(value));
  out.int32(text.length + 1);
  out.byte(USER_DATA_VERSION);
  out.slice(text, 0, text.length);
}

/** Undefined for another version. */
function readUserData(from: WireReader): unknown {
  const { start, end } = from.range();
  if (from.bytes[start] !== USER_DATA_VERSION || end === start) return undefined;
  return JSON.parse(decoder.decode(from.bytes.subarray(start + 1, end)));
}

function byTopic(partitions: readonly TopicPartition[]): Map<string, number[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const numbers = topics.get(topic);
    if (numbers) numbers.push(partition);
    else topics.set(topic, [partition]);
  }
  return topics;
}

function flat(topics: Iterable<readonly [string, readonly number[]]>): TopicPartition[] {
  return [...topics].flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })));
}
