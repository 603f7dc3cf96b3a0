/** What both kinds of pods of a job are made of: the job, its plan, the cluster, and what they tell of themselves. */
import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import type { JobIdentity } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { brokersOf, jobIdentity, readJobFile } from '../config/job-file.ts';
import { readKafkaCredentials, secretsOf } from '../config/secrets.ts';
import type { Settings } from '../config/settings.ts';
import { readSettings } from '../config/settings.ts';
import type { Environment } from '../config/settings.ts';
import { planJob } from '../engine/plan/planner.ts';
import type { JobPlan } from '../engine/stage-plan.ts';
import { StreamJobError } from '../errors.ts';
import type { KafkaCluster } from '../log/kafka/open-kafka.ts';
import { openKafka } from '../log/kafka/open-kafka.ts';
import { Events } from '../telemetry/events.ts';
import { createLogger } from '../telemetry/logger.ts';
import { maskSecrets } from '../telemetry/mask-secrets.ts';
import type { DestinationStream } from 'pino';

export type Role = 'consumer' | 'producer';

export interface Pod {
  readonly role: Role;
  readonly settings: Settings;
  readonly job: StreamJob;
  readonly plan: JobPlan;
  readonly identity: JobIdentity;
  readonly cluster: KafkaCluster;
  readonly events: Events;
  /** Masks every secret that was ever read. */
  readonly mask: (text: string) => string;
  readonly now: () => number;
}

export interface PodOrigin {
  readonly role: Role;
  readonly environment: Environment;
  readonly pid: number;
  readonly stderr: DestinationStream;
  readonly now: () => number;
}

/** Throws ConfigInvalid, all problems in one line. */
export async function createPod({ role, environment, pid, stderr, now }: PodOrigin): Promise<Pod> {
  const settings = expectSettings(environment, pid);
  const job = await readJobFile(settings.jobFile);
  const identity = jobIdentity(job, settings);
  const kafka = job.spec.kafka ?? { brokers: [...brokersOf(job, settings.defaultBrokers)] };
  const secrets = new Set<string>();
  const mask = (text: string): string => maskSecrets(text, [...secrets]);
  const { namespace, name, run } = identity;
  const bindings = { job: `${namespace}/${name}`, run, role, instance: settings.instance };
  const events = new Events(createLogger(stderr, bindings, { level: settings.logLevel, mask }));
  const read = async (): ReturnType<typeof readKafkaCredentials> => {
    const credentials = await readKafkaCredentials(kafka, settings.secretsDir);
    for (const secret of secretsOf(credentials)) secrets.add(secret);
    return credentials;
  };
  const cluster = openKafka(kafka, read, { clientId: `streamjob-${role}` });
  return { role, settings, job, plan: planOf(job), identity, cluster, events, mask, now };
}

function expectSettings(environment: Environment, pid: number): Settings {
  const read = readSettings(environment, { hostname: hostname(), pid, readText });
  if ('settings' in read) return read.settings;
  throw new StreamJobError('ConfigInvalid', read.problems.join('; '));
}

function planOf(job: StreamJob): JobPlan {
  const planned = planJob(job);
  if ('plan' in planned) return planned.plan;
  const lines = planned.problems.map(({ path, message }) => `${path} ${message}`);
  throw new StreamJobError('ConfigInvalid', lines.join('; '));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
