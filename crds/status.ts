/** What the operator reports of a job. People read phase, ready and message first; programs read the conditions. */
import * as z from 'zod';
import { CONDITION_REASONS } from './conditions.ts';

export const PHASES = ['Pending', 'Starting', 'Running', 'Suspended', 'Completed', 'Failed', 'Deleting'] as const;
export type Phase = (typeof PHASES)[number];

/** Written by the operator with its clock; OpenAPI’s date-time makes it a date column. */
const Time = z.string().max(64).meta({ format: 'date-time' });
const Count = z.int().min(0);
/** Counts pass 32 bits; the API server keeps 64. */
const LongCount = Count.meta({ format: 'int64' });

const types = Object.keys(CONDITION_REASONS).join(', ');

const ConditionSchema = z.strictObject({
  type: z.string().max(316).describe(`One of ${types}.`),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  observedGeneration: LongCount.optional().describe('Generation of the spec that was judged.'),
  lastTransitionTime: Time.describe('When the status last changed.'),
  reason: z.string().min(1).max(1024).describe('One word for why, of a closed list.'),
  message: z.string().max(32_768).describe('A sentence for people.'),
});

const LastError = z.strictObject({
  message: z.string().max(1024).describe('What went wrong, in one line.'),
  pod: z.string().max(253).optional().describe('Pod that reported it.'),
  record: z.string().max(300).optional().describe('Record that caused it: TOPIC/PARTITION@OFFSET.'),
  time: Time.optional().describe('When it was reported.'),
});

const Rates = z.strictObject({
  consumed: z.number().min(0).describe('Records per second read from the topic.'),
  produced: z.number().min(0).optional().describe('Records per second written by the producer.'),
});

/** Few enough for a person to read and for the API server to keep. */
export const MAX_LISTED_PARTITIONS = 32;

const PartitionStatus = z.strictObject({
  topic: z.string().max(249).describe('Topic that is read.'),
  partition: Count.describe('Its partition.'),
  offset: LongCount.optional().describe('Next offset to read, as committed. Absent: nothing is committed yet.'),
  lag: LongCount.describe('Records behind it that are not committed yet.'),
  watermark: Time.optional().describe('Event time up to which the partition is complete.'),
});

export const StreamJobStatus = z.strictObject({
  observedGeneration: LongCount.optional().describe('Generation of the spec that this status is about.'),
  phase: z.enum(PHASES).optional().describe('A summary for people; programs read the conditions.'),
  run: z
    .string()
    .max(16)
    .optional()
    .describe('Short id of this run; part of the names of its consumer group, transactions and internal topics.'),
  runtimeImage: z
    .string()
    .max(512)
    .optional()
    .describe(
      'Image of the job-runtime. A change of the spec takes the operator’s present one, as does the annotation streamjob.dev/upgrade.',
    ),
  conditions: z
    .array(ConditionSchema)
    .max(32)
    .optional()
    .describe('What holds of the job and why.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  ready: z.string().max(16).optional().describe('Pods that are ready of those that should be, such as 3/3.'),
  replicas: Count.optional().describe('Consumer pods, for the scale subresource.'),
  selector: z.string().max(1024).optional().describe('Label selector of the consumer pods, for the scale subresource.'),
  partitions: Count.optional().describe('Partitions of the topic.'),
  lag: LongCount.optional().describe('Records in the topic that the job has not committed yet.'),
  watermark: Time.optional().describe('Event time up to which results are complete.'),
  deadLetters: LongCount.optional().describe('Records that went to the dead-letter topic in this run.'),
  progress: z
    .array(PartitionStatus)
    .max(MAX_LISTED_PARTITIONS)
    .optional()
    .describe(`Partitions that are read; of more than ${MAX_LISTED_PARTITIONS} those with the most lag.`),
  rates: Rates.optional().describe('Throughput since the last report.'),
  lastError: LastError.optional().describe('The last error, in one line. Absent: none since the job was last ready.'),
});
export type StreamJobStatus = z.output<typeof StreamJobStatus>;
