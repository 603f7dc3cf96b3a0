/** The pods of the node: binds those that fit, runs those that are bound, and finds them for the test. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { giveAddressBack, takeAddress } from './addresses.ts';
import { NODE, NODE_LABELS } from './api.ts';
import type { KubeletApi, PodEvent } from './api.ts';
import { PodRun } from './pod-run.ts';
import type { ContainerState, Pod } from './shapes.ts';

export type PodOnNode = Readonly<{
  name: string;
  namespace: string;
  ip: string;
  /** Undefined while no process runs. */
  pid: number | undefined;
  isReady: boolean;
  restartCount: number;
  state: ContainerState;
}>;

type Parts = Readonly<{ api: KubeletApi; folder: string; closing: AbortSignal }>;

export class NodePods {
  readonly #parts: Parts;
  /** By uid, in the order of their coming. */
  readonly #runs = new Map<string, PodRun>();
  /** By name: what deleted pods wrote stays to be read. */
  readonly #deleted = new Map<string, PodRun>();
  readonly #work = new Set<Promise<void>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  onEvent({ type, object: pod }: PodEvent): void {
    const run = this.#runs.get(pod.metadata.uid);
    if (type === 'DELETED') void run?.abandon();
    else if (run) run.update(pod);
    else if (pod.spec.nodeName === NODE) this.#inBackground(this.#run(pod));
    else if (!pod.spec.nodeName && !pod.metadata.deletionTimestamp) this.#inBackground(this.#schedule(pod));
  }

  podsOf(labels: Readonly<Record<string, string>>): PodOnNode[] {
    const wanted = Object.entries(labels);
    return [...this.#runs.values()]
      .filter(({ view }) => wanted.every(([name, value]) => view.pod.metadata.labels?.[name] === value))
      .map(({ pid, view: { pod, ip, isReady, restartCount, state } }) => {
        const { name, namespace } = pod.metadata;
        return { name, namespace, ip, pid, isReady, restartCount, state };
      });
  }

  runOf(podName: string): PodRun {
    const running = [...this.#runs.values()].find(({ view }) => view.pod.metadata.name === podName);
    const run = running ?? this.#deleted.get(podName);
    if (!run) throw new Error(`no pod ${podName} has been on the node`);
    return run;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.abandon()));
    await Promise.allSettled(this.#work);
  }

  async #schedule(pod: Pod): Promise<void> {
    const wanted = Object.entries(pod.spec.nodeSelector ?? {});
    if (wanted.every(([name, value]) => NODE_LABELS[name] === value)) {
      await this.#parts.api.bind(pod);
      return;
    }
    const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    const lastTransitionTime = new Date().toISOString();
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime };
    const isKnown = pod.status?.conditions?.some(({ reason }) => reason === condition.reason);
    if (!isKnown) await this.#parts.api.patchStatus(pod, { conditions: [condition] });
  }

  async #run(pod: Pod): Promise<void> {
    const { uid, name } = pod.metadata;
    const [folder, ip] = [path.join(this.#parts.folder, uid), takeAddress()];
    const run = new PodRun(pod, { api: this.#parts.api, folder, ip });
    this.#runs.set(uid, run);
    run.update(pod);
    try {
      await run.run();
    } finally {
      if (!this.#parts.closing.aborted) this.#runs.delete(uid);
      this.#deleted.set(name, run);
      giveAddressBack(ip);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** What goes wrong while the kubelet closes is no news; the rest is a mistake in it, and ends the test. */
  #inBackground(work: Promise<void>): void {
    this.#work.add(work);
    const done = work.catch((cause: unknown) => {
      if (!this.#parts.closing.aborted) throw cause;
    });
    void done.finally(() => this.#work.delete(work));
  }
}
