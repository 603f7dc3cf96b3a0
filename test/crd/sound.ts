/** Sound manifests: both sides accept them, and apply the same defaults. */
import { WINDOWLESS } from './manifests.ts';
import type { Changes } from './manifests.ts';

const texts = (...names: string[]): object[] => names.map((name) => ({ name, type: 'string' }));
const DEVICE = ['CA', 'UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION', 'DATE'];

/** Turnstile records into a data lake: the job that the project was made for. */
const MAIN_JOB = {
  topic: { name: 'mta-turnstile', partitions: 2 },
  schema: {
    format: 'csv',
    fields: [
      ...texts('CA', 'UNIT', 'SCP', 'STATION', 'LINENAME', 'DIVISION'),
      { name: 'DATE', type: 'date', format: 'MM-dd-yy' },
      ...texts('TIME', 'DESC'),
      { name: 'ENTRIES', type: 'long' },
      { name: 'EXITS', type: 'long' },
      ...texts('ID'),
      { name: 'TIMESTAMP', type: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss', timezone: 'America/New_York' },
    ],
    eventTime: 'TIMESTAMP',
  },
  producer: { source: { turnstile: {} }, key: ['ID'], rate: '0.1/s' },
  steps: [{ name: 'once', deduplicate: { by: ['ID', 'STATION', 'TIMESTAMP'] } }],
  window: {
    type: 'tumbling',
    size: '5m',
    watermark: { delay: '5m', idleTimeout: '5m' },
    groupBy: [...DEVICE, 'DESC'],
    aggregate: { ENTRIES: { sum: 'ENTRIES' }, EXITS: { sum: 'EXITS' } },
  },
  sink: {
    gcs: {
      bucket: 'mta-data-lake',
      prefix: 'turnstile',
      format: 'csv',
      compression: 'gzip',
      columns: [...DEVICE, 'TIME', 'DESC', 'ENTRIES', 'EXITS'],
      columnOptions: {
        DATE: { from: 'window.end', format: 'MM/dd/yyyy' },
        TIME: { from: 'window.end', format: 'HH:mm:ss' },
      },
      credentials: { secretRef: { name: 'gcs-credentials' } },
    },
  },
};

/** Sound manifests: one for each part that a job may have. */
export const SOUND: readonly Readonly<{ name: string; changes: Changes }>[] = [
  { name: 'the main job', changes: { spec: MAIN_JOB } },
  { name: 'a tumbling window', changes: {} },
  { name: 'no window', changes: WINDOWLESS },
  {
    name: 'a sliding window on local days',
    changes: {
      'spec.window': {
        type: 'sliding',
        size: '24h',
        slide: '1h30m',
        offset: '15m',
        timezone: 'Europe/Berlin',
        aggregate: { n: { count: 'zone' } },
        emit: 'updates',
      },
    },
  },
  {
    name: 'a session window with every setting',
    changes: {
      'spec.window': {
        name: 'sessions',
        type: 'session',
        gap: '5m',
        groupBy: ['zone'],
        aggregate: { n: { count: '*' } },
        watermark: { delay: '30s', idleTimeout: '1m', maxFuture: '24h' },
        allowedLateness: '1h',
        late: 'deadLetter',
        emit: 'final',
        shuffle: 'always',
      },
    },
  },
  {
    name: 'every aggregate',
    changes: {
      'spec.window.aggregate': {
        a: { sum: 'total' },
        b: { count: 'vendor' },
        c: { min: 'pickup' },
        d: { max: 'day' },
        e: { avg: 'zone' },
        f: { first: 'vendor' },
        g: { last: 'vendor' },
        h: { countDistinct: 'vendor' },
        i: { percentile: { field: 'total', p: 0.95 } },
      },
    },
  },
  {
    name: 'steps that make fields for those after them',
    changes: {
      'spec.steps': [
        { name: 'paid', filter: 'total > decimal("0")' },
        { name: 'shape', map: { set: { tip: 'zone * 2' }, rename: { vendor: 'company' }, drop: ['day'] } },
        { name: 'change', delta: { by: ['company'], fields: { growth: 'tip' }, maxChange: 7200, timeToLive: '24h' } },
      ],
      'spec.window.groupBy': ['company'],
      'spec.window.aggregate': { growth: { sum: 'growth' } },
    },
  },
  {
    name: 'duplicates within a time, without a window',
    changes: { ...WINDOWLESS, 'spec.steps': [{ name: 'once', deduplicate: { by: ['vendor'], within: '10m' } }] },
  },
  {
    name: 'json with nested members and a key',
    changes: {
      'spec.schema': {
        format: 'json',
        fields: [
          { name: 'id', type: 'long', path: 'ride.id' },
          { name: 'tags', type: 'array<string>', optional: true },
          { name: 'fares', type: 'map<decimal(2)>' },
          { name: 'at', type: 'timestamp', format: 'epochMillis' },
        ],
        eventTime: 'at',
        key: { fields: ['id'], encoding: 'json' },
      },
      'spec.window.groupBy': ['id'],
    },
  },
  {
    name: 'lines with another delimiter, joined columns and no event time',
    changes: {
      ...WINDOWLESS,
      'spec.schema': {
        format: 'csv',
        csv: { header: true, delimiter: '$', quote: "'", trim: true },
        fields: [{ name: 'name', type: 'string', from: ['FIRST', 'C/A'] }],
      },
    },
  },
  {
    name: 'an endless generator',
    changes: { 'spec.producer': { source: { turnstile: {} }, key: ['vendor'], rate: '0.1/s' } },
  },
  {
    name: 'a generator with every setting',
    changes: {
      'spec.producer': {
        source: { bids: { count: 1000, seed: 7, start: '2024-01-31T08:00:00.500+01:00', speed: 60 } },
        replicas: 1,
      },
    },
  },
  { name: 'web events', changes: { 'spec.producer': { source: { web: {} } } } },
  { name: 'people', changes: { ...WINDOWLESS, 'spec.producer': { source: { people: { count: 10 } } } } },
  {
    name: 'a file sorted by event time',
    changes: {
      'spec.producer': {
        source: { file: { path: 'rides.csv.gz', compression: 'gzip', order: 'eventTime', speed: 3600 } },
        key: ['vendor', 'zone'],
      },
    },
  },
  {
    name: 'routes to topics',
    changes: {
      ...WINDOWLESS,
      'spec.sink': {
        kafka: {
          topic: 'cheap',
          routes: [{ when: 'total >= decimal("40")', topic: 'dear' }],
          format: 'csv',
          key: ['vendor'],
          columns: ['vendor', 'total'],
        },
      },
    },
  },
  {
    name: 'files with columns of the window',
    changes: {
      'spec.sink': {
        file: {
          path: '/out',
          format: 'csv',
          compression: 'gzip',
          header: false,
          columns: ['vendor', 'TIME', 'window.start', 'rides'],
          columnOptions: { TIME: { from: 'window.end', format: "HH'h'mm", timezone: 'UTC' } },
          maxRows: 10,
        },
      },
    },
  },
  {
    name: 'objects in a bucket',
    changes: {
      'spec.sink': {
        gcs: {
          bucket: 'my-bucket',
          prefix: 'a/b',
          format: 'jsonl',
          credentials: { secretRef: { name: 'gcs', key: 'key.json' } },
          endpoint: 'http://127.0.0.1:4443',
        },
      },
    },
  },
  {
    name: 'a Kafka cluster with TLS and SASL',
    changes: {
      'spec.kafka': {
        brokers: ['b-1.example.com:9096', '10.0.0.1:9092'],
        tls: { caSecretRef: { name: 'ca' }, clientSecretRef: { name: 'me' } },
        sasl: { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'login' } },
      },
    },
  },
  {
    name: 'every setting of a topic',
    changes: {
      'spec.topic': {
        name: 'a.b_c-D',
        partitions: 7,
        replicationFactor: 3,
        retention: '168h',
        config: { 'cleanup.policy': 'compact' },
        deletionPolicy: 'Delete',
      },
    },
  },
  { name: 'offsets to start from', changes: { 'spec.startFrom': { offsets: { '0': 2, '11': 0 } } } },
  {
    name: 'a bounded run by time',
    changes: {
      'spec.startFrom': { timestamp: '2024-01-31T00:00:00Z' },
      'spec.stopAt': { timestamp: '2024-02-01T00:00:00+01:00' },
    },
  },
  {
    name: 'a bounded run to the end',
    changes: { 'spec.startFrom': { position: 'earliest' }, 'spec.stopAt': { position: 'latest' } },
  },
  {
    name: 'policies',
    changes: {
      'spec.onError': 'fail',
      'spec.onDataLoss': 'continue',
      'spec.deletionPolicy': 'Delete',
      'spec.resumeFrom': 'x7k2',
      'spec.suspend': true,
    },
  },
  {
    name: 'consumers that scale',
    changes: {
      'spec.consumer': {
        minReplicas: 2,
        maxReplicas: 8,
        resources: { requests: { cpu: 1, memory: '256Mi' }, limits: { memory: '512Mi' } },
        autoscaling: {},
      },
    },
  },
  {
    name: 'every setting of the pods',
    changes: {
      'spec.runtime': {
        image: 'registry.example.com/streamjob:1.0',
        podTemplate: {
          labels: { team: 'rides' },
          annotations: { 'example.com/note': 'any text' },
          resources: { limits: { cpu: '500m' } },
          nodeSelector: { 'kubernetes.io/arch': 'amd64' },
          tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
          affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
          env: [
            { name: 'TZ', value: 'UTC' },
            { name: 'PROXY', valueFrom: { configMapKeyRef: { name: 'net', key: 'proxy', optional: true } } },
          ],
          imagePullSecrets: [{ name: 'registry' }],
        },
      },
    },
  },
];
