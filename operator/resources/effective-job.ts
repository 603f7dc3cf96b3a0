/** A job as its pods get it, and the Secrets and ConfigMaps that it names. */
import { DEFAULT_SECRET_KEYS } from '../../crds/sink.ts';
import type { Kafka, Runtime, StreamJob } from '../../crds/stream-job.ts';
import { canonicalJson, hexHash } from './hash.ts';

/**
 * With the default cluster where the job names none. A job that names brokers of its own gets nothing of the default
 * one: else its author could have the default's credentials sent to a broker of their choice.
 */
export function effectiveJob(job: StreamJob, defaultKafka: Kafka | undefined): StreamJob {
  if (job.spec.kafka !== undefined || defaultKafka === undefined) return job;
  return { ...job, spec: { ...job.spec, kafka: defaultKafka } };
}

export interface JobInput {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** Keys that must be there. None: it is optional, and may be missing altogether. */
  readonly keys: readonly string[];
  /** Where the job names it, such as spec.kafka.sasl.secretRef. */
  readonly setting: string;
}

/** A Secret whose keys are files in the pods. */
export interface MountedSecret {
  readonly setting: string;
  readonly name: string;
  readonly keys: readonly string[];
  /** Below the folder of secrets. */
  readonly folder: string;
}

const BY_TOKEN: ReadonlySet<string> = new Set(['OAUTHBEARER']);

/** What the connection to Kafka needs: both roles. */
export function kafkaSecrets({ spec: { kafka } }: StreamJob): readonly MountedSecret[] {
  const { sasl, tls } = kafka ?? {};
  const { caSecretRef: ca, clientSecretRef: client } = tls ?? {};
  const found: MountedSecret[] = [];
  if (sasl) {
    const keys = BY_TOKEN.has(sasl.mechanism) ? ['token'] : ['username', 'password'];
    found.push({ setting: 'spec.kafka.sasl.secretRef', name: sasl.secretRef.name, keys, folder: 'kafka-sasl' });
  }
  if (ca) {
    const keys = [ca.key ?? DEFAULT_SECRET_KEYS.kafkaCa];
    found.push({ setting: 'spec.kafka.tls.caSecretRef', name: ca.name, keys, folder: 'kafka-ca' });
  }
  if (client) {
    const keys = ['tls.crt', 'tls.key'];
    found.push({ setting: 'spec.kafka.tls.clientSecretRef', name: client.name, keys, folder: 'kafka-client' });
  }
  return found;
}

/** What the sink logs in with: the consumer alone. */
export function sinkSecrets({ spec: { sink } }: StreamJob): readonly MountedSecret[] {
  const ref = sink.gcs?.credentials?.secretRef;
  if (!ref) return [];
  const keys = [ref.key ?? DEFAULT_SECRET_KEYS.gcsCredentials];
  return [{ setting: 'spec.sink.gcs.credentials.secretRef', name: ref.name, keys, folder: 'sink-gcs' }];
}

type Env = NonNullable<NonNullable<Runtime['podTemplate']>['env']>[number];

/** Every Secret and ConfigMap whose content the job's pods get; one that is named twice comes twice. */
export function inputsOf(job: StreamJob): readonly JobInput[] {
  const mounted = [...kafkaSecrets(job), ...sinkSecrets(job)].map(({ setting, name, keys }): JobInput => ({
    kind: 'Secret',
    name,
    keys,
    setting,
  }));
  const env = job.spec.runtime.podTemplate?.env ?? [];
  return [...mounted, ...env.flatMap((variable, index) => envInput(variable, index) ?? [])];
}

function envInput({ valueFrom }: Env, index: number): JobInput | undefined {
  const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  const ref = secretKeyRef ?? configMapKeyRef;
  if (!ref) return undefined;
  const member = secretKeyRef ? 'secretKeyRef' : 'configMapKeyRef';
  return {
    kind: secretKeyRef ? 'Secret' : 'ConfigMap',
    name: ref.name,
    keys: ref.optional ? [] : [ref.key],
    setting: `spec.runtime.podTemplate.env[${index}].valueFrom.${member}`,
  };
}

/** What is known of an input: of its content only which version it is. */
interface InputVersion {
  readonly kind: string;
  readonly name: string;
  readonly found?: { readonly uid: string; readonly resourceVersion: string };
}

/** Another text when one of them was changed, re-created, brought or taken away; no matter in which order they come. */
export function inputsHash(inputs: readonly InputVersion[]): string {
  const lines = inputs.map(({ kind, name, found }) => canonicalJson([kind, name, found?.uid, found?.resourceVersion]));
  return hexHash([...new Set(lines)].sort().join('\n'), 16);
}
