/** Where a job reads and writes: it does not read its own results, and a replay by event time has one. */
import { specRule } from './spec-rule.ts';

const LOOP = 'must differ from topic.name, or the job reads its own results';

export const sinkTopics = specRule(
  ['topic', 'sink'],
  ({ topic, sink }, report) => {
    if (sink.kafka?.topic === topic.name) report(['sink', 'kafka', 'topic'], `${LOOP}; got ${topic.name}`);
    sink.kafka?.routes?.forEach((route, index) => {
      if (route.topic === topic.name) report(['sink', 'kafka', 'routes', index, 'topic'], `${LOOP}; got ${topic.name}`);
    });
  },
  [
    {
      rule: '!has(self.sink.kafka) || self.sink.kafka.topic != self.topic.name && (!has(self.sink.kafka.routes) || self.sink.kafka.routes.all(route, route.topic != self.topic.name))',
      message: LOOP,
      fieldPath: '.sink.kafka',
    },
  ],
);

const NEEDED = 'must name a timestamp field, since the file is replayed by event time';

export const replayNeedsEventTime = specRule(
  ['schema', 'producer'],
  ({ schema, producer }, report) => {
    const file = producer?.source.file;
    if (file && (file.order === 'eventTime' || file.speed !== undefined) && schema.eventTime === undefined)
      report(['schema', 'eventTime'], NEEDED);
  },
  [
    {
      rule: "!has(self.producer) || !has(self.producer.source.file) || has(self.schema.eventTime) || self.producer.source.file.order == 'file' && !has(self.producer.source.file.speed)",
      message: NEEDED,
      fieldPath: '.schema',
    },
  ],
);
