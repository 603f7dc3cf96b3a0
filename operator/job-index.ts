/** Which jobs there are, by the label of their objects and by the topic that they name. Keys are NAMESPACE/NAME. */
import type { JobResource } from './resources/kube-object.ts';
import { jobLabel } from './resources/labels.ts';

export const keyOf = ({ namespace = '', name }: { readonly namespace?: string; readonly name: string }): string =>
  `${namespace}/${name}`;

export class JobIndex {
  private readonly byLabel = new Map<string, string>();
  private readonly byTopic = new Map<string, Set<string>>();
  private readonly topics = new Map<string, string>();

  /** Keys of jobs that may be judged otherwise now, since they share the topic that it names or named. */
  put({ metadata, spec }: JobResource): readonly string[] {
    const key = keyOf(metadata);
    const topic = topicOf(spec);
    this.byLabel.set(labelKey(metadata.namespace, jobLabel(metadata.name)), key);
    const before = this.topics.get(key);
    if (before === topic) return [];
    const affected = before === undefined ? [] : this.leave(key, before);
    if (topic === undefined) return affected;
    this.topics.set(key, topic);
    const sharing = this.byTopic.get(topic) ?? new Set();
    this.byTopic.set(topic, sharing.add(key));
    return [...affected, ...this.sharing(key)];
  }

  remove({ metadata }: JobResource): readonly string[] {
    const key = keyOf(metadata);
    this.byLabel.delete(labelKey(metadata.namespace, jobLabel(metadata.name)));
    const topic = this.topics.get(key);
    return topic === undefined ? [] : this.leave(key, topic);
  }

  /** Undefined: no job of the namespace has objects with this label. */
  keyOfLabel(namespace: string, label: string): string | undefined {
    return this.byLabel.get(labelKey(namespace, label));
  }

  /** Other jobs that name the same topic, of whatever Kafka. */
  sharing(key: string): readonly string[] {
    const topic = this.topics.get(key);
    const keys = topic === undefined ? undefined : this.byTopic.get(topic);
    return [...(keys ?? [])].filter((other) => other !== key);
  }

  private leave(key: string, topic: string): readonly string[] {
    const left = this.byTopic.get(topic);
    left?.delete(key);
    if (left?.size === 0) this.byTopic.delete(topic);
    this.topics.delete(key);
    return [...(left ?? [])];
  }
}

const labelKey = (namespace: string, label: string): string => `${namespace}/${label}`;

function topicOf({ topic }: JobResource['spec']): string | undefined {
  const name = typeof topic === 'object' && topic !== null ? (topic as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
}
