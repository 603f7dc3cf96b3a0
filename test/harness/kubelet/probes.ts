/** HTTP probes with the periods and thresholds of the pod; exec, TCP and gRPC ones are not known here. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Container, Probe } from './shapes.ts';

export type Verdicts = Readonly<{
  /** The startup probe has passed, or there is none. */
  onStarted: () => void;
  onReady: (isReady: boolean, why: string) => void;
  /** The startup or liveness probe has failed for good: the container is to be restarted. */
  onDead: (why: string) => void;
}>;

/** @throws Error for a probe that cannot be made here. */
export function checkProbes(container: Container): void {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  for (const probe of [startupProbe, readinessProbe, livenessProbe]) if (probe) urlOf(probe, container, 'pod');
}

/** Probes until the signal aborts. */
export async function probeContainer(
  container: Container,
  host: string,
  verdicts: Verdicts,
  signal: AbortSignal,
): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const on = (probe: Probe): Probing => ({
    timing: { ...DEFAULTS, ...probe },
    url: urlOf(probe, container, host),
    signal,
  });
  if (startupProbe && !(await untilSure(on(startupProbe), false, verdicts.onDead))) return;
  if (signal.aborted) return;
  verdicts.onStarted();
  if (!readinessProbe) verdicts.onReady(true, '');
  await Promise.all([
    readinessProbe && follow(on(readinessProbe), false, verdicts.onReady),
    livenessProbe && untilSure(on(livenessProbe), true, verdicts.onDead),
  ]);
}

/** What Kubernetes takes where the pod says nothing; the API server has usually filled it in. */
const DEFAULTS = {
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
};

type Timing = typeof DEFAULTS;
type Probing = Readonly<{ timing: Timing; url: string; signal: AbortSignal }>;

/** Until a startup probe passes (true) or either fails for good (false); a liveness probe never just passes. */
async function untilSure(probing: Probing, isLiveness: boolean, onDead: (why: string) => void): Promise<boolean> {
  const sure = new AbortController();
  let passed = false;
  const signal = AbortSignal.any([probing.signal, sure.signal]);
  // Failing is what it begins with, so that a startup probe's first success is news; the other way for liveness.
  await follow({ ...probing, signal }, isLiveness, (isHealthy, why) => {
    passed = isHealthy;
    if (!isHealthy) onDead(`${isLiveness ? 'Liveness' : 'Startup'} probe failed: ${why}`);
    if (!isHealthy || !isLiveness) sure.abort();
  });
  return passed;
}

/** Tells a verdict each time that a run of equal results reaches its threshold and is news. */
async function follow(
  { timing, url, signal }: Probing,
  wasHealthy: boolean,
  tell: (isHealthy: boolean, why: string) => void,
): Promise<void> {
  let results: Results = { isHealthy: wasHealthy, isLastGood: undefined, run: 0 };
  await pause(timing.initialDelaySeconds, signal);
  while (!signal.aborted) {
    const why = await problemAt(url, timing.timeoutSeconds);
    if (signal.aborted) return;
    const { isHealthy } = results;
    results = counted(results, why === undefined, timing);
    // Not ready from the start is no change, yet a startup probe that never passes has to be told.
    const isFailure = why !== undefined && results.run === timing.failureThreshold;
    if (isFailure || results.isHealthy !== isHealthy) tell(results.isHealthy, why ?? '');
    await pause(timing.periodSeconds, signal);
  }
}

type Results = Readonly<{ isHealthy: boolean; isLastGood: boolean | undefined; run: number }>;

function counted({ isHealthy, isLastGood, run }: Results, isGood: boolean, timing: Timing): Results {
  const length = isGood === isLastGood ? run + 1 : 1;
  const isSure = length >= (isGood ? timing.successThreshold : timing.failureThreshold);
  return { isHealthy: isSure ? isGood : isHealthy, isLastGood: isGood, run: length };
}

async function problemAt(url: string, timeoutSeconds: number): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const answer = await fetch(url, { signal, redirect: 'manual', headers: { connection: 'close' } });
    await answer.body?.cancel();
    const isGood = answer.status >= 200 && answer.status < 400;
    return isGood ? undefined : `HTTP probe failed with statuscode: ${answer.status}`;
  } catch (cause) {
    return `Get "${url}": ${cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause)}`;
  }
}

function urlOf({ httpGet }: Probe, { ports = [] }: Container, host: string): string {
  if (!httpGet) throw new Error('the process kubelet knows httpGet probes');
  const { port, path = '/' } = httpGet;
  const number = typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) throw new Error(`no container port is named ${port}`);
  return `http://${host}:${number}${path}`;
}

const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
