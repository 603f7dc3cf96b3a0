/** The parts of a Pod that the process kubelet reads and writes. */

export type Meta = Readonly<{
  name: string;
  namespace: string;
  uid: string;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}>;

export type KeyRef = Readonly<{ name: string; key: string; optional?: boolean }>;

export type EnvVar = Readonly<{
  name: string;
  value?: string;
  valueFrom?: Readonly<{ secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef; fieldRef?: Readonly<{ fieldPath: string }> }>;
}>;

export type Probe = Readonly<{
  httpGet?: Readonly<{ path?: string; port: number | string }>;
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
}>;

export type Container = Readonly<{
  name: string;
  image: string;
  command?: readonly string[];
  args?: readonly string[];
  workingDir?: string;
  env?: readonly EnvVar[];
  ports?: readonly Readonly<{ name?: string; containerPort: number }>[];
  volumeMounts?: readonly Readonly<{ name: string; mountPath: string; subPath?: string }>[];
  terminationMessagePolicy?: string;
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
}>;

export type Items = readonly Readonly<{ key: string; path: string }>[];
type FieldItems = readonly Readonly<{ path: string; fieldRef?: Readonly<{ fieldPath: string }> }>[];

export type Projection = Readonly<{
  configMap?: Readonly<{ name: string; items?: Items; optional?: boolean }>;
  secret?: Readonly<{ name: string; items?: Items; optional?: boolean }>;
  downwardAPI?: Readonly<{ items?: FieldItems }>;
  serviceAccountToken?: object;
}>;

export type Volume = Readonly<{
  name: string;
  configMap?: Readonly<{ name: string; items?: Items; optional?: boolean }>;
  secret?: Readonly<{ secretName: string; items?: Items; optional?: boolean }>;
  projected?: Readonly<{ sources?: readonly Projection[] }>;
  downwardAPI?: Readonly<{ items?: FieldItems }>;
  emptyDir?: object;
}>;

export type Pod = Readonly<{
  metadata: Meta;
  spec: Readonly<{
    nodeName?: string;
    nodeSelector?: Readonly<Record<string, string>>;
    serviceAccountName?: string;
    restartPolicy?: string;
    terminationGracePeriodSeconds?: number;
    containers: readonly Container[];
    volumes?: readonly Volume[];
  }>;
  status?: Readonly<{ conditions?: readonly Readonly<{ type: string; reason?: string }>[] }>;
}>;

export type Terminated = Readonly<{
  exitCode: number;
  reason: string;
  message?: string;
  startedAt: string;
  finishedAt: string;
}>;

/** One of the three, as in a container status. */
export type ContainerState =
  | Readonly<{ waiting: Readonly<{ reason: string; message?: string }> }>
  | Readonly<{ running: Readonly<{ startedAt: string }> }>
  | Readonly<{ terminated: Terminated }>;

export const firstContainer = (pod: Pod): Container => pod.spec.containers[0]!;
