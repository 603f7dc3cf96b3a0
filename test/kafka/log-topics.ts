/** What a real broker says of topics that are there already, or there no more. */
import { expect, test } from '@jest/globals';
import { deleteTopicsRequest } from '../../job-runtime/log/kafka/protocol/delete-topics.ts';
import { plainConnections } from './connections.ts';
import type { BrokerContext } from './log-on-broker.ts';

async function deleteTopic(topic: string, brokers: readonly string[]): Promise<void> {
  const connections = plainConnections(brokers);
  const errors = await connections.send(await connections.controller(), 'control', deleteTopicsRequest([topic]));
  expect(errors).toEqual(new Map([[topic, 0]]));
  await connections.close();
}

export function describeTopicsOnBroker({ log, brokers, name }: BrokerContext): void {
  test('a topic gets its settings, and the report says where one that exists differs', async () => {
    const topic = name('topic');
    const config = { 'retention.ms': '3600000', 'cleanup.policy': 'delete' };
    const settings = { partitions: 2, replicationFactor: 1, config };
    expect(await log().createTopic(topic, settings)).toEqual({ isNew: true, partitions: 2, differences: [] });
    expect(await log().createTopic(topic, settings)).toEqual({ isNew: false, partitions: 2, differences: [] });
    const other = { 'retention.ms': '-1', 'cleanup.policy': 'delete', 'no.such.setting': '1' };
    expect(await log().createTopic(topic, { partitions: 3, replicationFactor: 2, config: other })).toEqual({
      isNew: false,
      partitions: 2,
      differences: [
        'replication factor is 1, not 2',
        'retention.ms is 3600000, not -1',
        'no.such.setting is not set, not 1',
      ],
    });
  });

  test('two who create a topic at once both find it', async () => {
    const topic = name('topic');
    const reports = await Promise.all([0, 1, 2].map(() => log().createTopic(topic, { partitions: 2 })));
    expect(reports.map(({ partitions }) => partitions)).toEqual([2, 2, 2]);
    expect(reports.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test.each([
    { what: 'a setting that no broker knows', settings: { partitions: 1, config: { nonsense: '1' } } },
    { what: 'a name that is too long', settings: { partitions: 1 }, suffix: 'x'.repeat(250) },
  ])('$what is an error of one line', async ({ settings, suffix = '' }) => {
    const topic = name('topic') + suffix;
    await expect(log().createTopic(topic, settings)).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringMatching(/^cannot [^\n]+ topic "[^\n]+$/),
    });
  });

  test('a topic that is deleted and made again has another id', async () => {
    const topic = name('topic');
    await log().createTopic(topic, { partitions: 1 });
    const id = await log().topicId(topic);
    expect(id).toMatch(/^[\w-]{22}$/);
    await deleteTopic(topic, brokers());
    await expect(log().topicId(topic)).rejects.toMatchObject({ code: 'TopicNotFound' });
    await log().createTopic(topic, { partitions: 1 });
    expect(await log().topicId(topic)).not.toBe(id);
  });
}
