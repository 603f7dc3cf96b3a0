/** What the operator reads from its environment: reading it and --help both come from this table. */

export interface VariableInfo {
  /** What counts where it is absent or empty; undefined: it must be given, or something else stands in for it. */
  readonly absent?: string;
  readonly help: string;
}

export const VARIABLES = {
  STREAMJOB_OPERATOR_IMAGE: { help: 'Image of the job-runtime for jobs that name none. Required.' },
  STREAMJOB_OPERATOR_IMAGE_PULL_POLICY: {
    absent: 'IfNotPresent',
    help: 'For the image of jobs: Always, IfNotPresent or Never.',
  },
  STREAMJOB_OPERATOR_NAMESPACES: {
    absent: '',
    help: 'Namespaces whose jobs are looked after, with commas between them. Absent: all.',
  },
  STREAMJOB_OPERATOR_CONFIG: {
    absent: '',
    help: 'JSON file with what jobs get that do not say otherwise: {"kafka": …, "resources": …}, as in a StreamJob.',
  },
  STREAMJOB_OPERATOR_NETWORK_POLICIES: {
    absent: 'false',
    help: 'Whether each job gets a NetworkPolicy: true or false.',
  },
  STREAMJOB_OPERATOR_CLEANUP_TIMEOUT: {
    absent: '2m',
    help: 'How long the deletion of a job waits for Kafka.',
  },
  STREAMJOB_OPERATOR_PROGRESS_INTERVAL: { absent: '15s', help: 'How often Kafka is asked about a job that moves.' },
  STREAMJOB_OPERATOR_QUIET_INTERVAL: { absent: '5m', help: 'How often Kafka is asked about a job that is quiet.' },
  STREAMJOB_OPERATOR_INPUTS_INTERVAL: {
    absent: '60s',
    help: 'How often the Secrets and ConfigMaps that jobs name are looked at.',
  },
  STREAMJOB_OPERATOR_WORKERS: { absent: '8', help: 'Jobs that are worked on at the same time.' },
  STREAMJOB_OPERATOR_LOG_LEVEL: { absent: 'info', help: 'The least that is logged: debug, info, warn or error.' },
  STREAMJOB_OPERATOR_HTTP_PORT: {
    absent: '8080',
    help: 'Port of /livez, /readyz and /metrics; 0: no such server.',
  },
  STREAMJOB_OPERATOR_HTTP_HOST: { absent: '', help: 'Address to listen at. Absent: all of the machine’s.' },
  STREAMJOB_OPERATOR_LEADER_ELECTION: {
    absent: 'true',
    help: 'Whether replicas agree on one that works: true or false. False is for a single process.',
  },
  STREAMJOB_OPERATOR_LEASE_NAME: { absent: 'streamjob-operator', help: 'Name of the Lease that they agree by.' },
  STREAMJOB_OPERATOR_LEASE_NAMESPACE: { help: 'Its namespace. Absent: POD_NAMESPACE.' },
  STREAMJOB_OPERATOR_ACCOUNT: {
    help: 'Folder with token, ca.crt and namespace of the service account. Absent: where the kubelet puts it.',
  },
  KUBECONFIG: { help: 'A kubeconfig, outside a cluster. Absent, and in no pod: ~/.kube/config.' },
  POD_NAME: { help: 'How this process calls itself. Absent: host name and process id.' },
  POD_NAMESPACE: { help: 'Namespace of this process.' },
} as const satisfies Readonly<Record<string, VariableInfo>>;

export type Variable = keyof typeof VARIABLES;
