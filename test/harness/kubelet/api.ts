/** What a kubelet and a scheduler say to the API server. Calls are repeated while the server is away. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer } from '../apiserver.ts';
import type { Answer } from '../apiserver/request.ts';
import type { Pod } from './shapes.ts';

export const NODE = 'test-node';
export const NODE_LABELS: Readonly<Record<string, string>> = {
  'kubernetes.io/hostname': NODE,
  'kubernetes.io/os': 'linux',
};

const MERGE = { 'content-type': 'application/merge-patch+json' };
const RETRY_MILLIS = 200;
/** A watch that is older may have lost its server without notice. */
const WATCH_SECONDS = 120;

export type PodEvent = Readonly<{ type: string; object: Pod }>;
/** The decoded values of a ConfigMap or a Secret by key. */
export type KeyValues = ReadonlyMap<string, Buffer>;
export type SourceKind = 'secret' | 'configmap';

export type KubeletApi = Readonly<{
  registerNode: () => Promise<void>;
  /** Lists and watches until `closing`: each pod as ADDED first, then each change. */
  followPods: (onEvent: (event: PodEvent) => void) => Promise<void>;
  bind: (pod: Pod) => Promise<void>;
  /** Of this very pod: nothing happens when it is gone or another has its name. */
  patchStatus: (pod: Pod, status: object) => Promise<void>;
  deletePod: (pod: Pod) => Promise<void>;
  /** Undefined: there is none. */
  read: (kind: SourceKind, namespace: string, name: string) => Promise<KeyValues | undefined>;
  warn: (pod: Pod, reason: string, message: string) => Promise<void>;
}>;

type Send = (method: string, at: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

/** All calls reject once `closing` has aborted. */
export function kubeletApi(server: ApiServer, closing: AbortSignal): KubeletApi {
  const send: Send = (...call) => sendUntilAnswered(server, closing, call);
  return {
    registerNode: () => registerNode(send),
    followPods: (onEvent) => followPods({ server, send, closing }, onEvent),
    bind: async (pod) => {
      const target = { apiVersion: 'v1', kind: 'Node', name: NODE };
      const { name } = pod.metadata;
      await send('POST', `${podPath(pod)}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
    },
    patchStatus: async (pod, status) => {
      await send('PATCH', `${podPath(pod)}/status`, { metadata: { uid: pod.metadata.uid }, status }, MERGE);
    },
    deletePod: async (pod) => {
      await send('DELETE', podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    },
    read: (kind, namespace, name) => readValues(send, kind, `/api/v1/namespaces/${namespace}/${kind}s/${name}`),
    warn: (pod, reason, message) => warn(send, pod, reason, message),
  };
}

const podPath = ({ metadata }: Pod): string => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

async function sendUntilAnswered(server: ApiServer, closing: AbortSignal, call: Parameters<Send>): Promise<Answer> {
  for (;;) {
    closing.throwIfAborted();
    try {
      const answer = await unlessClosing(server.request(...call), closing);
      if (answer.status !== 429 && answer.status < 500) return answer;
    } catch {
      // Away: the server comes back, or the test ends.
    }
    await delay(RETRY_MILLIS, undefined, { signal: closing });
  }
}

/** A server that is held answers when it goes on, which can be too late. */
function unlessClosing<T>(work: Promise<T>, closing: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error('the kubelet closes'));
    closing.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => closing.removeEventListener('abort', onAbort));
  });
}

async function registerNode(send: Send): Promise<void> {
  const now = new Date().toISOString();
  const resources = { cpu: '64', memory: '64Gi', pods: '1000' };
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'runs pods as local processes' };
  await send('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE, labels: NODE_LABELS },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    },
  });
  // Admission marks each new node as not ready; the controller that takes the mark away is not there.
  await send('PATCH', `/api/v1/nodes/${NODE}`, { spec: { taints: null } }, MERGE);
}

type PodList = Readonly<{ metadata: { resourceVersion: string }; items: readonly Pod[] }>;
type Following = Readonly<{ server: ApiServer; send: Send; closing: AbortSignal }>;

async function followPods({ server, send, closing }: Following, onEvent: (event: PodEvent) => void): Promise<void> {
  const known = new Map<string, Pod>();
  const tell = (event: PodEvent): void => {
    if (event.type === 'DELETED') known.delete(event.object.metadata.uid);
    else known.set(event.object.metadata.uid, event.object);
    onEvent(event);
  };
  for (;;) {
    const { metadata, items } = (await send('GET', '/api/v1/pods')).body as PodList;
    const present = new Set(items.map((pod) => pod.metadata.uid));
    for (const pod of known.values()) if (!present.has(pod.metadata.uid)) tell({ type: 'DELETED', object: pod });
    for (const pod of items) tell({ type: 'ADDED', object: pod });
    const at = `/api/v1/pods?watch=1&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=${WATCH_SECONDS}`;
    const told = (event: unknown): void => {
      if (isPodEvent(event)) tell(event);
    };
    await server.watch(at, told, closing).catch(() => delay(RETRY_MILLIS, undefined, { signal: closing }));
    closing.throwIfAborted();
  }
}

/** Not a pod's: the server's word that the version is too old, or a line that was cut off. */
const isPodEvent = (event: unknown): event is PodEvent =>
  ['ADDED', 'MODIFIED', 'DELETED'].includes((event as Partial<PodEvent>).type ?? '');

async function readValues(send: Send, kind: SourceKind, at: string): Promise<KeyValues | undefined> {
  const { status, body } = await send('GET', at);
  if (status !== 200) return undefined;
  const { data = {}, binaryData = {} } = body as Record<'data' | 'binaryData', Record<string, string>>;
  const encoding = kind === 'secret' ? 'base64' : 'utf8';
  return new Map([
    ...Object.entries(data).map(([key, value]) => [key, Buffer.from(value, encoding)] as const),
    ...Object.entries(binaryData).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);
}

async function warn(send: Send, pod: Pod, reason: string, message: string): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const now = new Date().toISOString();
  await send('POST', `/api/v1/namespaces/${namespace}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    type: 'Warning',
    reason,
    message,
    source: { component: 'kubelet', host: NODE },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
}
