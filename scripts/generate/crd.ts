/** The CustomResourceDefinition of StreamJob, from the schema in crds/. */
import { GROUP, KIND, StreamJobSpec, VERSION } from '../../crds/stream-job.ts';
import { StreamJobStatus } from '../../crds/status.ts';
import { structural } from '../../crds/structural.ts';

const COLUMNS = [
  { name: 'PHASE', type: 'string', jsonPath: '.status.phase', description: 'A summary for people.' },
  {
    name: 'READY',
    type: 'string',
    jsonPath: '.status.ready',
    description: 'Pods that are ready of those that should be.',
  },
  { name: 'PARTITIONS', type: 'integer', jsonPath: '.status.partitions', description: 'Partitions of the topic.' },
  { name: 'LAG', type: 'integer', jsonPath: '.status.lag', description: 'Records not committed yet.' },
  {
    name: 'WATERMARK',
    type: 'date',
    jsonPath: '.status.watermark',
    description: 'How far behind now results are complete.',
  },
  { name: 'DLQ', type: 'integer', jsonPath: '.status.deadLetters', description: 'Records in the dead-letter topic.' },
  {
    name: 'AGE',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: 'Time since the job was created.',
  },
] as const;

const SCALE = {
  specReplicasPath: '.spec.consumer.maxReplicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
} as const;

const SCHEMA = {
  type: 'object',
  description: 'A streaming job: reads a topic, puts records together in event time, and writes results exactly once.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: { ...structural(StreamJobSpec), description: 'What the job is.' },
    status: { ...structural(StreamJobStatus), description: 'How the job does; written by the operator only.' },
  },
} as const;

export const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `streamjobs.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: {
      kind: KIND,
      listKind: 'StreamJobList',
      plural: 'streamjobs',
      singular: 'streamjob',
      shortNames: ['sj'],
      categories: ['streaming'],
    },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        additionalPrinterColumns: COLUMNS,
        subresources: { status: {}, scale: SCALE },
        schema: { openAPIV3Schema: SCHEMA },
      },
    ],
  },
} as const;
