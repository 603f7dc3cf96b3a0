/** The CustomResourceDefinition of StreamJob, from the schema in crds/. */
import { GROUP, KIND, StreamJobSpec, VERSION } from '../../crds/stream-job.ts';
import { StreamJobStatus } from '../../crds/status.ts';
import { structural } from '../../crds/structural.ts';
import { tellDefaults } from './told-defaults.ts';

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
  // With -o wide, at the end of the line, which a message makes long.
  {
    name: 'RUN',
    type: 'string',
    priority: 1,
    jsonPath: '.status.run',
    description: 'Short id in the names of the run’s topics and group.',
  },
  {
    name: 'MESSAGE',
    type: 'string',
    priority: 1,
    jsonPath: '.status.conditions[?(@.type=="Ready")].message',
    description: 'Why the job is ready or not, and what to do.',
  },
] as const;

const SCALE = {
  specReplicasPath: '.spec.consumer.maxReplicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
} as const;

/** As the reference page takes them, which has a column for defaults. */
export const SPEC = { ...structural(StreamJobSpec), description: 'What the job reads, does and writes.' };
export const STATUS = {
  ...structural(StreamJobStatus),
  description: 'How the job is doing; written by the operator only.',
};

const SCHEMA = {
  type: 'object',
  description: 'A streaming job: reads a topic, puts records together in event time, and writes results exactly once.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: tellDefaults(SPEC),
    status: STATUS,
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
