/**
 * Kafka's requests name each topic once and list its partitions beneath; ours are plain lists of partitions. The same
 * for responses, which come back flat.
 */
import type { TopicPartition } from '../../log.ts';
import type { WireReader, WireWriter } from './wire.ts';

type Entries<T> = readonly (readonly [topic: string, items: readonly T[]])[];

export function writeByTopic<T extends TopicPartition>(
  out: WireWriter,
  items: readonly T[],
  write: (item: T) => void,
): void {
  out.array(byTopic(items), ([topic, ofTopic]) => {
    out.string(topic);
    out.array(ofTopic, write);
  });
}

/** The same in a flexible version; `write` ends each item itself. */
export function writeByTopicCompact<T extends TopicPartition>(
  out: WireWriter,
  items: readonly T[],
  write: (item: T) => void,
): void {
  out.compactArray(byTopic(items), ([topic, ofTopic]) => {
    out.compactString(topic);
    out.compactArray(ofTopic, write);
    out.noTags();
  });
}

export function readByTopic<T>(from: WireReader, read: (topic: string) => T): T[] {
  const topics = from.array(() => {
    const topic = from.string() ?? '';
    return from.array(() => read(topic));
  });
  return topics.flat();
}

/** The same in a flexible version; `read` passes over the end of each item itself. */
export function readByTopicCompact<T>(from: WireReader, read: (topic: string) => T): T[] {
  const topics = from.compactArray(() => {
    const topic = from.compactString() ?? '';
    const items = from.compactArray(() => read(topic));
    from.skipTags();
    return items;
  });
  return topics.flat();
}

/** Topics in the order in which they come first, items of a topic in their order. */
function byTopic<T extends TopicPartition>(items: readonly T[]): Entries<T> {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const known = topics.get(item.topic);
    if (known) known.push(item);
    else topics.set(item.topic, [item]);
  }
  return [...topics];
}
