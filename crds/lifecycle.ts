/** Where a run starts and ends, and how its pods look. */
import * as z from 'zod';
import { Instant, mapOf, ObjectName } from './common.ts';
import { MAX_PARTITIONS } from './topic.ts';
import { exactlyOne, withTwins } from './twin.ts';

const Partition = z
  .string()
  .max(4)
  .regex(/^(0|[1-9][0-9]*)$/, 'must be a partition number');
const Offset = z.int().min(0);

export const StartFrom = exactlyOne(
  z.strictObject({
    position: z.enum(['earliest', 'latest']).optional().describe('The beginning or the end of each partition.'),
    timestamp: Instant.optional().describe('The first record of each partition written at or after this instant.'),
    offsets: mapOf(Partition, Offset, { min: 1, max: MAX_PARTITIONS })
      .optional()
      .describe('PARTITION: OFFSET, such as {"0": 2}; other partitions start at their beginning.'),
  }),
  ['position', 'timestamp', 'offsets'],
);
export type StartFrom = z.output<typeof StartFrom>;

export const StopAt = exactlyOne(
  z.strictObject({
    position: z.enum(['latest']).optional().describe('The end of each partition when the run starts.'),
    timestamp: Instant.optional().describe('The first record of each partition written at or after this instant.'),
  }),
  ['position', 'timestamp'],
);
export type StopAt = z.output<typeof StopAt>;

/** As Kubernetes writes amounts: 500m, 2, 1.5, 256Mi. */
const Quantity = z
  .union(
    [
      z.int().min(0),
      z
        .string()
        .max(32)
        .regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'must be a quantity such as 500m, 2 or 256Mi'),
    ],
    {
      error: 'must be a quantity such as 500m, 2 or 256Mi',
    },
  )
  .meta({ 'x-kubernetes-int-or-string': true });

const amounts = z.strictObject({
  cpu: Quantity.optional().describe('Processor time, in cores.'),
  memory: Quantity.optional().describe('Memory, in bytes.'),
  'ephemeral-storage': Quantity.optional().describe('Local disk, in bytes.'),
});

export const Resources = z.strictObject({
  requests: amounts.optional().describe('What the scheduler sets aside.'),
  limits: amounts
    .optional()
    .describe('What the pod may use at most. The state that a job may hold is derived from the memory limit.'),
});
export type Resources = z.output<typeof Resources>;

export const MAX_REPLICAS = 256;

export const Consumer = withTwins(
  z.strictObject({
    minReplicas: z.int().min(1).max(MAX_REPLICAS).default(1).describe('Fewest consumer pods of a running job.'),
    maxReplicas: z
      .int()
      .min(1)
      .max(MAX_REPLICAS)
      .default(2)
      .describe('Most consumer pods; spec.suspend stops all. There are never more than tasks of the widest stage.'),
    resources: Resources.optional().describe('Resources of a consumer pod.'),
    autoscaling: z
      .strictObject({
        lagSeconds: z.int().min(1).max(86_400).default(60).describe('Add pods when records wait longer than this.'),
      })
      .optional()
      .describe('Scale between minReplicas and maxReplicas by lag. Absent: always as many pods as are useful.'),
  }),
  [
    {
      cel: 'self.minReplicas <= self.maxReplicas',
      message: 'must be at most maxReplicas',
      at: 'minReplicas',
      holds: ({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas,
      got: ({ minReplicas, maxReplicas }) => `minReplicas ${minReplicas} and maxReplicas ${maxReplicas}`,
    },
  ],
);
export type Consumer = z.output<typeof Consumer>;

const LabelKey = z
  .string()
  .max(317)
  .regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/, 'must be a label name');
const Labels = mapOf(LabelKey, z.string().max(63), { max: 32 });

const keyRef = (
  what: string,
): z.ZodObject<{ name: typeof ObjectName; key: z.ZodString; optional: z.ZodOptional<z.ZodBoolean> }> =>
  z.strictObject({
    name: ObjectName.describe(`Name of the ${what}.`),
    key: z.string().min(1).max(253).describe(`Key inside the ${what}.`),
    optional: z.boolean().optional().describe('Whether it may be missing.'),
  });

const EnvSource = exactlyOne(
  z.strictObject({
    secretKeyRef: keyRef('Secret').optional().describe('From a Secret in the namespace of the job.'),
    configMapKeyRef: keyRef('ConfigMap').optional().describe('From a ConfigMap in the namespace of the job.'),
  }),
  ['secretKeyRef', 'configMapKeyRef'],
);

const Env = exactlyOne(
  z.strictObject({
    name: z
      .string()
      .max(128)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
      .describe('Name of the variable.'),
    value: z.string().max(4096).optional().describe('Its value.'),
    valueFrom: EnvSource.optional().describe('Where its value is.'),
  }),
  ['value', 'valueFrom'],
);

const Toleration = z.strictObject({
  key: z.string().max(317).optional().describe('Taint that is tolerated. Absent, with operator Exists: all.'),
  operator: z.enum(['Exists', 'Equal']).optional().describe('Whether the value counts. Default: Equal.'),
  value: z.string().max(63).optional().describe('Value of the taint.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .describe('Effect that is tolerated. Absent: all.'),
  tolerationSeconds: z.int().min(0).optional().describe('NoExecute: for how long.'),
});

const PodTemplate = z.strictObject({
  labels: Labels.optional().describe('Further labels of the pods.'),
  annotations: mapOf(LabelKey, z.string().max(4096), { max: 32 })
    .optional()
    .describe('Further annotations of the pods.'),
  resources: Resources.optional().describe('Resources of every pod; consumer.resources goes before it.'),
  nodeSelector: Labels.optional().describe('Labels that a node must have.'),
  tolerations: z.array(Toleration).max(16).optional().describe('Taints of nodes that the pods tolerate.'),
  affinity: z
    .looseObject({})
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
    .optional()
    .describe('Affinity, as in a pod.'),
  env: z.array(Env).max(64).optional().describe('Further environment variables.'),
  imagePullSecrets: z
    .array(z.strictObject({ name: ObjectName.describe('Name of the Secret.') }))
    .max(8)
    .optional()
    .describe('Secrets for the registry of the image.'),
});

export const Runtime = z.strictObject({
  image: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe(
      'Image of the job-runtime. Absent: the operator’s own when the spec was last changed; see status.runtimeImage.',
    ),
  podTemplate: PodTemplate.optional().describe('What of the pods may be changed.'),
});
export type Runtime = z.output<typeof Runtime>;
