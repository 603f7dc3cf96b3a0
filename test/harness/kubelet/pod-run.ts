/** One pod from its binding to its deletion: starts its first container, probes it, restarts it and tells its status. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeletApi } from './api.ts';
import type { ContainerProcess } from './container-process.ts';
import { OutputRing, startContainer } from './container-process.ts';
import { probeContainer } from './probes.ts';
import type { Pod, Terminated } from './shapes.ts';
import { firstContainer } from './shapes.ts';
import { prepare, refusalOf } from './starting.ts';
import { StatusReport } from './status-report.ts';
import type { PodView } from './status.ts';
import type { Placing } from './volumes.ts';

/** Kubernetes waits 10 s and up to 5 min. */
const [FIRST_BACK_OFF_MILLIS, LAST_BACK_OFF_MILLIS] = [1000, 10_000];
/** A container that ran this long starts again without the pauses that it had earned before. */
const SOUND_RUN_MILLIS = 2 * LAST_BACK_OFF_MILLIS;
const RETRY_MILLIS = 1000;
const DEFAULT_GRACE_SECONDS = 30;

export type PodParts = Readonly<{ api: KubeletApi; folder: string; ip: string }>;

export class PodRun {
  readonly output = new OutputRing();
  #view: PodView;
  readonly #parts: PodParts;
  readonly #report: StatusReport;
  readonly #stopping = new AbortController();
  #isGone = false;
  #process: ContainerProcess | undefined;
  #reasonOfEnd: string | undefined;
  #lastWarning = '';

  constructor(pod: Pod, parts: PodParts) {
    this.#parts = parts;
    this.#report = new StatusReport(parts.api);
    this.#view = {
      ...{ pod, ip: parts.ip, createdAt: new Date().toISOString(), phase: 'Pending' },
      ...{ state: { waiting: { reason: 'ContainerCreating' } }, lastTerminated: undefined },
      ...{ restartCount: 0, isStarted: false, isReady: false },
    };
  }

  get view(): PodView {
    return this.#view;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when the pod is deleted; rejects when the kubelet closes. */
  async run(): Promise<void> {
    this.#show({});
    let backOffMillis = FIRST_BACK_OFF_MILLIS;
    for (let process = await this.#start(); process; process = await this.#start()) {
      const end = await this.#untilEnded(process);
      if (this.#stopping.signal.aborted || !this.#isToRestart(end)) {
        this.#show({ state: { terminated: end }, phase: end.exitCode === 0 ? 'Succeeded' : 'Failed' });
        break;
      }
      const ranMillis = Date.parse(end.finishedAt) - Date.parse(end.startedAt);
      if (ranMillis > SOUND_RUN_MILLIS) backOffMillis = FIRST_BACK_OFF_MILLIS;
      await this.#backOff(end, backOffMillis);
      backOffMillis = Math.min(2 * backOffMillis, LAST_BACK_OFF_MILLIS);
    }
    await untilAborted(this.#stopping.signal);
    if (this.#isGone) return;
    await this.#report.settled();
    await this.#parts.api.deletePod(this.#view.pod);
  }

  /** Takes news of the pod, such as its deletion, maybe with another deadline than before. */
  update(pod: Pod): void {
    this.#view = { ...this.#view, pod };
    if (!pod.metadata.deletionTimestamp) return;
    this.#stopping.abort();
    this.#process?.terminate(untilDeadlineMillis(pod));
  }

  /** The pod is no more, or the kubelet ends: no word to the API server, and no patience. */
  async abandon(): Promise<void> {
    this.#isGone = true;
    this.#stopping.abort();
    this.#process?.signal('SIGKILL');
    await this.#process?.ended;
  }

  /** As if from outside; `reason` is what the status gives in place of Error, such as OOMKilled. */
  kill(signal: NodeJS.Signals, reason?: string): void {
    if (!this.#process) throw new Error(`pod ${this.#view.pod.metadata.name} has no process that runs`);
    this.#reasonOfEnd = reason;
    this.#process.signal(signal);
  }

  #show(change: Partial<PodView>): void {
    this.#view = { ...this.#view, ...change };
    if (!this.#isGone) this.#report.show(this.#view);
  }

  /** Tries until it runs; undefined when the pod is deleted first. */
  async #start(): Promise<ContainerProcess | undefined> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        return await this.#tryStart(attempt);
      } catch (cause) {
        await this.#refuse(cause);
      }
    }
    return undefined;
  }

  async #tryStart(attempt: number): Promise<ContainerProcess | undefined> {
    const { api, folder, ip } = this.#parts;
    const { pod } = this.#view;
    const read: Placing['read'] = (kind, name) => api.read(kind, pod.metadata.namespace, name);
    const command = await prepare({ pod, podIp: ip, folder, read }, attempt);
    if (this.#stopping.signal.aborted) return undefined;
    const fallsBackToLog = firstContainer(pod).terminationMessagePolicy === 'FallbackToLogsOnError';
    this.#process = await startContainer({ command, folder, output: this.output, fallsBackToLog });
    // The pod may have been deleted while the process was being made.
    if (this.#isGone) this.#process.signal('SIGKILL');
    else this.update(this.#view.pod);
    return this.#process;
  }

  async #refuse(cause: unknown): Promise<void> {
    const { waiting, event } = refusalOf(cause);
    this.#show({ state: { waiting } });
    if (event && event.message !== this.#lastWarning) {
      this.#lastWarning = event.message;
      await this.#parts.api.warn(this.#view.pod, event.reason, event.message);
    }
    await pause(RETRY_MILLIS, this.#stopping.signal);
  }

  async #untilEnded(process: ContainerProcess): Promise<Terminated> {
    const ended = new AbortController();
    this.#show({ state: { running: { startedAt: process.startedAt.toISOString() } }, phase: 'Running' });
    const probing = this.#probe(process, ended.signal);
    const end = await process.ended;
    ended.abort();
    await probing;
    this.#process = undefined;
    this.#view = { ...this.#view, isReady: false, isStarted: false };
    const reason = this.#reasonOfEnd ?? end.reason;
    this.#reasonOfEnd = undefined;
    return { ...end, reason };
  }

  #probe(process: ContainerProcess, signal: AbortSignal): Promise<void> {
    const { pod, ip } = this.#view;
    const { api } = this.#parts;
    const unhealthy = (why: string): void => void api.warn(pod, 'Unhealthy', why).catch(() => undefined);
    const verdicts = {
      onStarted: () => this.#show({ isStarted: true }),
      onReady: (isReady: boolean, why: string) => {
        if (!isReady) unhealthy(`Readiness probe failed: ${why}`);
        if (isReady !== this.#view.isReady) this.#show({ isReady });
      },
      onDead: (why: string) => {
        unhealthy(why);
        process.terminate((pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000);
      },
    };
    return probeContainer(firstContainer(pod), ip, verdicts, signal);
  }

  #isToRestart({ exitCode }: Terminated): boolean {
    const { restartPolicy = 'Always' } = this.#view.pod.spec;
    return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
  }

  async #backOff(end: Terminated, millis: number): Promise<void> {
    const { name, namespace, uid } = this.#view.pod.metadata;
    const whose = `container=${firstContainer(this.#view.pod).name} pod=${name}_${namespace}(${uid})`;
    const message = `back-off ${millis / 1000}s restarting failed ${whose}`;
    this.#show({ state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastTerminated: end });
    await pause(millis, this.#stopping.signal);
    // Told together with the start that follows.
    this.#view = { ...this.#view, restartCount: this.#view.restartCount + 1 };
  }
}

/** The API server cuts the time of deletion to whole seconds; a pod never gets less than it was promised. */
function untilDeadlineMillis({ metadata }: Pod): number {
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = metadata;
  return Math.max(0, Date.parse(deletionTimestamp) + (deletionGracePeriodSeconds > 0 ? 1000 : 0) - Date.now());
}

const pause = (millis: number, signal: AbortSignal): Promise<void> =>
  delay(millis, undefined, { signal }).catch(() => undefined);

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
