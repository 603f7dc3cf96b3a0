/** Which cluster a command speaks to, from the manifest and the flags, and with which credentials. */
import { Kafka } from '../../../crds/topic.ts';
import { readKafkaCredentials } from '../../config/secrets.ts';
import type { ReadCredentials } from '../../log/kafka-credentials.ts';
import type { Flags } from '../arguments.ts';
import type { Complaint } from './complaints.ts';

export interface Cluster {
  readonly kafka: Kafka;
  readonly read: ReadCredentials;
}

/** `kafka`: the manifest's; absent: it has none, or there is no manifest. */
export function clusterOf(flags: Flags, kafka: Kafka | undefined): Cluster | Complaint {
  const given = brokersOf(flags.get('kafka')?.at(-1));
  if (given && 'complaint' in given) return given;
  const brokers = given?.brokers ?? kafka?.brokers;
  if (!brokers) return { complaint: 'where is Kafka? give its brokers: --kafka HOST:PORT,…' };
  return withCredentials({ ...kafka, brokers }, flags.get('secrets')?.at(-1));
}

function withCredentials(kafka: Kafka, folder: string | undefined): Cluster | Complaint {
  if (!needsSecrets(kafka)) {
    if (folder === undefined) return { kafka, read: async () => ({}) };
    return { complaint: '--secrets is for the Secrets that spec.kafka of a manifest names, and here are none' };
  }
  if (folder !== undefined) return { kafka, read: () => readKafkaCredentials(kafka, folder) };
  return { complaint: 'spec.kafka names Secrets: give the folder that holds them with --secrets DIR' };
}

function brokersOf(text: string | undefined): { readonly brokers: Kafka['brokers'] } | Complaint | undefined {
  if (text === undefined) return undefined;
  const parsed = Kafka.shape.brokers.safeParse(text.split(',').map((broker) => broker.trim()));
  if (parsed.success) return { brokers: parsed.data };
  // Not repeated: whoever writes a password into an address would find it in a log.
  return { complaint: '--kafka must be up to 16 brokers, each HOST:PORT, with commas between them' };
}

function needsSecrets({ sasl, tls }: Kafka): boolean {
  return sasl !== undefined || tls?.caSecretRef !== undefined || tls?.clientSecretRef !== undefined;
}
