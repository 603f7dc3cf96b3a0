/**
 * StreamJob, the one resource: a streaming job in one manifest. This schema is its only definition: the CRD, the
 * reference docs and the TypeScript types come from it. `parse.ts` judges a manifest by it and by the rules that reach
 * over several parts.
 */
import * as z from 'zod';
import { ObjectName } from './common.ts';
import { SPEC_RULES } from './rules/index.ts';
import { SpecParts } from './spec.ts';
import { StreamJobStatus } from './status.ts';

export const GROUP = 'streamjob.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}` as const;
export const KIND = 'StreamJob';

/** The shape of a spec, with the CEL of the rules over several parts; parseStreamJob runs their other halves. */
export const StreamJobSpec = SpecParts.meta({ 'x-kubernetes-validations': SPEC_RULES.flatMap(({ cel }) => cel ?? []) });
export type StreamJobSpec = z.output<typeof StreamJobSpec>;

export const Metadata = z.looseObject({
  name: ObjectName.describe('Name of the job.'),
  namespace: ObjectName.optional().describe('Namespace of the job.'),
});

export const StreamJob = z.strictObject({
  apiVersion: z.literal(API_VERSION).describe('Version of this schema.'),
  kind: z.literal(KIND).describe('StreamJob.'),
  metadata: Metadata.describe('Standard metadata of Kubernetes.'),
  spec: StreamJobSpec.describe('What the job reads, does and writes.'),
  status: StreamJobStatus.optional().describe('How the job is doing; written by the operator only.'),
});
export type StreamJob = z.output<typeof StreamJob>;

export type { Aggregate, AggregateKind, Window } from './window.ts';
export type { ColumnOption, Sink, SinkName } from './sink.ts';
export type { Consumer, Resources, Runtime, StartFrom, StopAt } from './lifecycle.ts';
export type { Field, RecordSchema } from './record-schema.ts';
export type { Kafka, Topic } from './topic.ts';
export type { Producer, Source } from './producer.ts';
export type { Step, StepKind } from './steps.ts';
export type { Phase, StreamJobStatus } from './status.ts';
