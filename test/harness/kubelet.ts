/**
 * A kubelet and scheduler for tests: pods of a test's API server run as local processes, with no container, image or
 * root. It binds every pod to one node, `test-node`, runs the first container's command from this repository, and
 * tells the API server what the real one would: probes, restarts, reasons for waiting, last messages, deletion.
 *
 * What differs, by design: mounts are folders, and words of the command and of the environment that begin with a mount's path
 * (or with /app) are rewritten to them; an image whose name begins with `missing` cannot be pulled, any other can; pods
 * have addresses in 127.0.0.0/8, which the API server takes for a pod's but not for an endpoint's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ApiServer } from './apiserver.ts';
import { kubeletApi } from './kubelet/api.ts';
import { NodePods } from './kubelet/node-pods.ts';
import type { PodOnNode } from './kubelet/node-pods.ts';

export type { PodOnNode } from './kubelet/node-pods.ts';

export type Kubelet = Readonly<{
  /** The pods that are not yet deleted and have all these labels. */
  podsOf: (labels: Readonly<Record<string, string>>) => readonly PodOnNode[];
  /** Signals the pod's process; `reason` shows in lastState, such as OOMKilled. @throws Error if none runs. */
  kill: (podName: string, signal: NodeJS.Signals, reason?: string) => void;
  /** The last 256 KiB that the pod's processes wrote, of a deleted pod too. @throws Error if there never was one. */
  logsOf: (podName: string) => string;
  /** Kills every process, removes the folders, and leaves the API server as it is. Before the server's `stop`. */
  close: () => Promise<void>;
}>;

/** Registers the node; from then on pods run. One per API server. */
export async function startKubelet(server: ApiServer): Promise<Kubelet> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamjob-kubelet-'));
  const closing = new AbortController();
  const api = kubeletApi(server, closing.signal);
  await api.registerNode();
  const node = new NodePods({ api, folder, closing: closing.signal });
  const following = api
    .followPods((event) => node.onEvent(event))
    .catch((cause: unknown) => {
      // Its end is the kubelet's; before that it is a mistake here, and must not go unseen.
      if (!closing.signal.aborted) throw cause;
    });
  return {
    podsOf: (labels) => node.podsOf(labels),
    kill: (podName, signal, reason) => node.runOf(podName).kill(signal, reason),
    logsOf: (podName) => node.runOf(podName).output.toString(),
    close: async () => {
      closing.abort();
      await following;
      await node.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
