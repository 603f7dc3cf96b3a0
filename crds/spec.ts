/**
 * The spec: all its parts under their top-level names. Each part is parsed by itself (parse.ts), so that a mistake in
 * one hides none in another.
 */
import * as z from 'zod';
import { Consumer, Runtime, StartFrom, StopAt } from './lifecycle.ts';
import { Producer } from './producer.ts';
import { RecordSchema } from './record-schema.ts';
import { Sink } from './sink.ts';
import { Steps } from './steps.ts';
import { DeletionPolicy, Kafka, Topic } from './topic.ts';
import { Window } from './window.ts';

export const SpecParts = z.strictObject({
  kafka: Kafka.optional().describe(
    'The Kafka cluster. Absent: the operator’s default cluster; in a local run the embedded log.',
  ),
  topic: Topic.describe('The topic that the job reads.'),
  schema: RecordSchema.describe('How a record’s bytes become fields.'),
  producer: Producer.optional().describe('Writes records to the topic. Absent: others write them.'),
  steps: Steps.default([]).describe('What happens to each record, in this order.'),
  window: Window.optional().describe('Puts records together in event time. Absent: each record goes to the sink.'),
  sink: Sink.describe('Where results go: exactly one. Several readers of one topic are several StreamJobs.'),
  consumer: Consumer.prefault({}).describe('The pods that read the topic.'),
  runtime: Runtime.prefault({}).describe('Image and pods of the job.'),
  startFrom: StartFrom.optional().describe('Where a new run starts to read. Absent: the earliest record.'),
  stopAt: StopAt.optional().describe(
    'Makes a bounded run: it reads up to here, closes every window and ends as Completed. Absent: it runs on.',
  ),
  onError: z
    .enum(['deadLetter', 'skip', 'fail'])
    .default('deadLetter')
    .describe(
      'What becomes of a bad record: kept in the dead-letter topic, only counted, or the job stops with the reason.',
    ),
  onDataLoss: z
    .enum(['fail', 'continue'])
    .default('fail')
    .describe('What happens when records were deleted before the job read them.'),
  deletionPolicy: DeletionPolicy.default('Retain').describe(
    'What becomes of internal topics and the consumer group when the job is deleted.',
  ),
  resumeFrom: z
    .string()
    .max(16)
    .regex(/^[a-z0-9]+$/, 'must be the run of an earlier job, from its status')
    .optional()
    .describe('Run of an earlier job of this name, whose state and position to take over. Absent: a new run.'),
  suspend: z.boolean().default(false).describe('Stop after a commit; false resumes.'),
});
export type StreamJobSpec = z.output<typeof SpecParts>;
export type SpecPart = keyof StreamJobSpec;
