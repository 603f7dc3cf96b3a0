/** Where the records come from: the Kafka cluster and the job's topic. */
import * as z from 'zod';
import { mapOf, ObjectName, SecretKeyRef, TopicName } from './common.ts';
import { PositiveDuration } from './duration.ts';
import { withTwins } from './twin.ts';

const Broker = z
  .string()
  .max(261)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:[0-9]{1,5}$/, 'must be HOST:PORT');

const Tls = z.strictObject({
  caSecretRef: SecretKeyRef.optional().describe(
    'Certificate authority that signed the brokers’ certificates (key default: ca.crt). Absent: the system’s authorities.',
  ),
  clientSecretRef: z
    .strictObject({ name: ObjectName.describe('Name of a Secret of type kubernetes.io/tls.') })
    .optional()
    .describe('Client certificate and key (tls.crt, tls.key) for mutual TLS.'),
});

const Sasl = z.strictObject({
  mechanism: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'])
    .describe('SASL mechanism; the broker’s listener must have it enabled.'),
  secretRef: z
    .strictObject({
      name: ObjectName.describe(
        'Name of a Secret in the namespace of the job, with the keys username and password, or, for OAUTHBEARER, token ' +
          '(a bearer token). Read anew at each authentication, so that it can be rotated.',
      ),
    })
    .describe('Who the job is to Kafka: user and password, or bearer token.'),
});

export const Kafka = z.strictObject({
  brokers: z.array(Broker).min(1).max(16).describe('Bootstrap brokers, each HOST:PORT.'),
  tls: Tls.optional().describe(
    'Speak TLS to the brokers; {} is TLS with the system’s authorities. Absent: plain text.',
  ),
  sasl: Sasl.optional().describe('Authenticate by SASL. Absent: no authentication.'),
});
export type Kafka = z.output<typeof Kafka>;

/** Few enough that every task fits into the status and a commit. */
export const MAX_PARTITIONS = 1024;

export const DeletionPolicy = z.enum(['Retain', 'Delete']);

const topic = z.strictObject({
  name: TopicName.describe('Name of the Kafka topic that the job reads. Created if it is missing.'),
  partitions: z
    .int()
    .min(1)
    .max(MAX_PARTITIONS)
    .default(1)
    .describe('Partitions of the topic: it is created with, or grown to, this number, and never shrunk.'),
  replicationFactor: z
    .int()
    .min(1)
    .max(9)
    .optional()
    .describe('Copies of each partition when the topic is created. Absent: the broker’s default.'),
  retention: PositiveDuration.optional().describe(
    'How long records stay (retention.ms) when the topic is created. Absent: the broker’s default.',
  ),
  config: mapOf(z.string().min(1).max(100), z.string().max(256), { max: 32 })
    .optional()
    .describe('Further Kafka settings of the topic when it is created, such as {"cleanup.policy": "compact"}.'),
  deletionPolicy: DeletionPolicy.default('Retain').describe('What becomes of the topic when the job is deleted.'),
});

/** `retention` is the readable way to say it; both at once would leave open which counts. */
export const Topic = withTwins(topic, [
  {
    cel: "!has(self.retention) || !has(self.config) || !('retention.ms' in self.config)",
    message: 'must be absent where config has retention.ms',
    at: 'retention',
    holds: ({ retention, config }) => retention === undefined || config?.['retention.ms'] === undefined,
  },
]);
export type Topic = z.output<typeof Topic>;
