/**
 * Why a container does not run, from its status as the kubelet writes it. Pure. The kubelet's own words change from
 * moment to moment (ErrImagePull and ImagePullBackOff take turns, a back-off counts up); a status that followed them
 * would be written again and again, so the same trouble is told in the same words here.
 */
import * as z from 'zod';
import { isErrorCode } from '../../job-runtime/errors.ts';
import type { PodFacts } from '../reconcile/observed.ts';
import { CONTAINER } from '../resources/pod-template.ts';
import { oneLine } from './one-line.ts';

export type Failure = NonNullable<PodFacts['failure']>;

const Text = z.string().optional();

const State = z.object({
  waiting: z.object({ reason: Text, message: Text }).optional(),
  running: z.object({ startedAt: Text }).optional(),
  terminated: z
    .object({ exitCode: z.number().optional(), signal: z.number().optional(), reason: Text, message: Text })
    .optional(),
});

export const ContainerStatus = z.object({
  name: z.string(),
  image: z.string().default(''),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: State.default({}),
  lastState: State.default({}),
});
export type ContainerStatus = z.output<typeof ContainerStatus>;
type Terminated = NonNullable<z.output<typeof State>['terminated']>;

/** What a pod waits for that starts as it should. */
const ON_ITS_WAY: ReadonlySet<string> = new Set(['', 'ContainerCreating', 'PodInitializing']);
const PULLING: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff']);
const CRASH_LOOP = 'CrashLoopBackOff';
const OUT_OF_MEMORY = 'OOMKilled';

/** `readySince`: since when the pod's readiness is as it is, milliseconds since the epoch; NaN: not known. */
export function containerFailure(container: ContainerStatus, readySince: number): Failure | undefined {
  const failure = failureOf(container, readySince);
  if (!failure || container.name === CONTAINER) return failure;
  return { ...failure, message: oneLine(`container ${container.name}: ${failure.message}`) };
}

function failureOf(container: ContainerStatus, readySince: number): Failure | undefined {
  const { state, lastState, restartCount } = container;
  if (state.waiting) return waitingFailure(container, state.waiting);
  if (state.terminated) return endFailure(state.terminated, restartCount);
  if (state.running && lastState.terminated && !hasRecovered(container, readySince))
    return endFailure(lastState.terminated, restartCount);
  return undefined;
}

/** Whether it has been ready since it began anew: what ended it before is then not why it is not ready now. */
function hasRecovered({ ready, state }: ContainerStatus, readySince: number): boolean {
  return ready || readySince > Date.parse(state.running?.startedAt ?? '');
}

function waitingFailure(
  container: ContainerStatus,
  { reason = '', message = '' }: { reason?: string | undefined; message?: string | undefined },
): Failure | undefined {
  const { image, lastState, restartCount } = container;
  if (PULLING.has(reason)) return { reason: 'ImagePullBackOff', message: pullMessage(image, message) };
  if (reason === CRASH_LOOP) return crash(lastState.terminated ?? {}, Math.max(restartCount, 1));
  if (!ON_ITS_WAY.has(reason)) return { reason, message: oneLine(message) || `the container waits: ${reason}` };
  return lastState.terminated && endFailure(lastState.terminated, restartCount);
}

/** The kubelet repeats image and reason before the registry's words, in one state more often than in the other. */
function pullMessage(image: string, message: string): string {
  const detail = oneLine(message)
    .replace(/^Back-off pulling image "[^"]*"(: (?=ErrImagePull))?/, '')
    .replace(/^ErrImagePull: /, '');
  return oneLine(`the image ${image || 'of the pod'} cannot be pulled${detail && `: ${detail}`}`);
}

/** Of a container that is started again; undefined: it ended well, as it does when it is told to. */
function endFailure(end: Terminated, restarts: number): Failure | undefined {
  return end.exitCode === 0 ? undefined : crash(end, restarts);
}

function crash(end: Terminated, restarts: number): Failure {
  if (end.reason === OUT_OF_MEMORY)
    return { reason: OUT_OF_MEMORY, message: 'the container used more memory than its limit and was killed' };
  // Once more is a loop, also between two rounds, when the kubelet calls it running or ended.
  const reason = restarts > 0 ? CRASH_LOOP : end.reason || 'Error';
  const { code, line } = lastWords(end.message ?? '');
  return { reason, message: line || exitText(end), ...(code && { code }) };
}

/** The runtime writes `CODE: line` (job-runtime/telemetry/termination.ts); other programs write what they like. */
function lastWords(text: string): { readonly code?: string; readonly line: string } {
  const line = oneLine(text);
  const [, code, rest] = /^([A-Za-z]+): (.+)$/.exec(line) ?? [];
  if (code === undefined || !(isErrorCode(code) || code === 'Unexpected')) return { line };
  return { code, line: rest! };
}

function exitText({ exitCode, signal, reason }: Terminated): string {
  if (exitCode === undefined) return 'the container ends again and again; its log says why';
  if (exitCode === 0) return 'the container ends again and again, without an error';
  const killed = signal || (exitCode > 128 ? exitCode - 128 : 0);
  const how = killed === 9 ? 'was killed (signal 9)' : killed ? `ended by signal ${killed}` : `ended with ${exitCode}`;
  return `the container ${how}${reason && reason !== 'Error' ? `: ${oneLine(reason)}` : ''}; its log says why`;
}
