/** The benchmark's jobs as manifests, each with a name and topics of its own. */
import { WORKLOADS } from '../workloads.ts';

export interface JobPlace {
  readonly brokers: readonly string[];
  readonly name: string;
  readonly topic: string;
  readonly partitions: number;
}

export const resultTopic = (name: string): string => `results-${name}`;

function manifest({ brokers, name, topic, partitions }: JobPlace, spec: object): object {
  return {
    apiVersion: 'streamjob.dev/v1alpha1',
    kind: 'StreamJob',
    metadata: { name, namespace: 'bench' },
    spec: { kafka: { brokers: [...brokers] }, topic: { name: topic, partitions }, ...spec },
  };
}

/** One of the workloads; `isBounded`: it ends where the topic ends when it starts. */
export function workloadJob(place: JobPlace, workload: string, isBounded: boolean): object {
  const { spec } = WORKLOADS[workload]!;
  const { kafka } = spec['sink'] as { kafka: object };
  const sink = { kafka: { ...kafka, topic: resultTopic(place.name) } };
  return manifest(place, { ...spec, sink, ...(isBounded && { stopAt: { position: 'latest' } }) });
}

/** Sums by DEVICE over days, so that as many groups stay open as there are devices. */
export function openGroupsJob(place: JobPlace): object {
  return manifest(place, {
    schema: {
      format: 'csv',
      fields: [
        { name: 'DEVICE', type: 'string' },
        { name: 'AMOUNT', type: 'long' },
        { name: 'AT', type: 'timestamp', format: 'epochMillis' },
      ],
      eventTime: 'AT',
      key: { fields: ['DEVICE'], encoding: 'joined' },
    },
    window: {
      type: 'tumbling',
      size: '24h',
      groupBy: ['DEVICE'],
      aggregate: { AMOUNT: { sum: 'AMOUNT' }, RECORDS: { count: '*' } },
    },
    sink: { kafka: { topic: resultTopic(place.name), format: 'json' } },
  });
}

/** Regroups records, which have no key, and sums them over windows of one second. */
export function quickShuffleJob(place: JobPlace): object {
  return manifest(place, {
    schema: {
      format: 'csv',
      fields: [
        { name: 'PLACE', type: 'string' },
        { name: 'SENT', type: 'long' },
        { name: 'AT', type: 'timestamp', format: 'epochMillis' },
      ],
      eventTime: 'AT',
    },
    window: {
      type: 'tumbling',
      size: '1s',
      watermark: { delay: '50ms' },
      groupBy: ['PLACE'],
      aggregate: { RECORDS: { count: '*' }, SENT: { sum: 'SENT' }, LAST: { max: 'SENT' } },
    },
    sink: { kafka: { topic: resultTopic(place.name), format: 'json' } },
  });
}
