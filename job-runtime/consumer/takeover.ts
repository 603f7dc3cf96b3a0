/**
 * How a task gets to where its partition stands: wait until nobody's transaction is open over it, read its changelog,
 * find the position, and judge whether the source still has what comes next. A partition may have belonged to a process
 * that died in the middle of a commit: its transaction is ended rather than waited for (docs/adr/0002).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StreamJobError } from '../errors.ts';
import type { Trouble } from '../errors.ts';
import type { CommittedPosition, Log } from '../log/log.ts';
import type { GroupPositions } from '../state/group-positions.ts';
import type { RunningTask } from './running-task.ts';
import { decodeProgress } from './task-progress.ts';

/** A living owner commits in less; a dead one's transaction would stay open for its timeout and ten seconds. */
const PATIENCE_MILLIS = 300;
const LOOK_AGAIN_MILLIS = 10;

export interface TakeoverContext {
  readonly log: Log;
  /** Of the stage, first asked for when the group had gathered: from then on the heir alone may commit. */
  readonly positions: GroupPositions;
  /** This process's own writer, whose transactions are ended already. */
  readonly writer: string;
  /** Present identity of the source topic; undefined: not known, or a topic of our own. */
  readonly topicId: string | undefined;
  /** The same when the run began. */
  readonly firstTopicId: string | undefined;
  readonly onDataLoss: 'fail' | 'continue';
  /** Records or state are gone, and the job goes on without them. */
  readonly onLost: (loss: Trouble) => void;
}

export interface TakeoverResult {
  readonly bytes: number;
  /** It has never committed: it begins where the run does. */
  readonly isFirst: boolean;
}

/** Throws OffsetsLost or OffsetOutOfRange where something is gone and the job is not to go on without it. */
export async function takeOver(
  running: RunningTask,
  context: TakeoverContext,
  signal: AbortSignal,
): Promise<TakeoverResult> {
  const committed = await settledPosition(running, context, signal);
  const progress = committed && decodeProgress(committed.metadata);
  running.deadLetters = progress?.deadLetters ?? 0;
  const { records, bytes } = await restore(running, progress?.stateFrom, signal);
  if (records === 0) await begin(running, committed, context);
  await expectRecords(running, context);
  return { bytes, isFirst: records === 0 };
}

/** The committed position, once no open transaction may change it. */
async function settledPosition(
  { partition }: RunningTask,
  { log, positions, writer }: TakeoverContext,
  signal: AbortSignal,
): Promise<CommittedPosition['position']> {
  const ended = new Set([writer]);
  let asked = positions.last();
  for (let waited = 0; ; waited += LOOK_AGAIN_MILLIS) {
    const found = (await asked).get(partition);
    if (!found?.isPending) return found?.position;
    const owner = found.position && decodeProgress(found.position.metadata)?.writer;
    if (waited >= PATIENCE_MILLIS && owner !== undefined && !ended.has(owner)) {
      // Once: where it changes nothing the open transaction is another's, and this one may be alive and well.
      ended.add(owner);
      await log.writer(owner).open();
    }
    await delay(LOOK_AGAIN_MILLIS, undefined, { signal });
    asked = positions.after(asked);
  }
}

async function restore(
  running: RunningTask,
  from: number | undefined,
  signal: AbortSignal,
): Promise<{ records: number; bytes: number }> {
  const apply = (chunk: Uint8Array, number: number): void => running.task.applyChunk(chunk, number);
  const result = await running.changelog.restore({ apply, reset: () => running.reset() }, { signal, from });
  running.task.endRestore();
  return result;
}

/** Of a task without state: where it begins. A position without its state means that the state is gone. */
async function begin(
  { name, task, startOffset }: RunningTask,
  committed: CommittedPosition['position'],
  { onDataLoss, onLost }: TakeoverContext,
): Promise<void> {
  if (!committed) {
    task.position = startOffset;
    return;
  }
  const line = `the state of ${name} is gone, though the group has read it up to ${committed.offset}`;
  if (onDataLoss === 'fail')
    throw new StreamJobError('OffsetsLost', `${line}; set spec.onDataLoss to continue to go on without it`);
  onLost({ code: 'OffsetsLost', message: `${line}: going on from there without it` });
  task.position = committed.offset;
}

/** The source must still have what comes next. */
async function expectRecords(running: RunningTask, context: TakeoverContext): Promise<void> {
  const { log, topicId, firstTopicId, onDataLoss, onLost } = context;
  const { task, stage, partition, kept } = running;
  if (running.isDone) return;
  const bounds = await log.offsets({ topic: stage.input, partition });
  const isOther = isKnownOther(topicId, kept.topicId ?? firstTopicId);
  const line = lossLine(running, isOther, bounds);
  kept.topicId = topicId;
  if (line === undefined) return;
  if (!isOther && task.position === running.startOffset && task.position > bounds.end) {
    // The manifest starts at an offset that is still to come.
    task.position = bounds.end;
    return;
  }
  await expectCurrent(running, context);
  if (onDataLoss === 'fail')
    throw new StreamJobError('OffsetOutOfRange', `${line}; set spec.onDataLoss to continue to go on without them`);
  onLost({ code: 'OffsetOutOfRange', message: `${line}: going on at ${bounds.start}` });
  task.position = bounds.start;
}

/** Somebody else may work on the partition by now, and has deleted what it read: then nothing is lost but our part. */
async function expectCurrent({ name, partition, task }: RunningTask, { positions }: TakeoverContext): Promise<void> {
  const found = (await positions.anew()).get(partition);
  if (!found?.isPending && (found?.position?.offset ?? 0) <= task.position) return;
  throw new StreamJobError('TransactionFailed', `${name} was read on from ${task.position} by another process`);
}

/** Whether the topic was deleted and made again; a log without such ids cannot tell. */
export const isKnownOther = (id: string | undefined, before: string | undefined): boolean =>
  id !== undefined && before !== undefined && id !== before;

function lossLine(
  { name, stage, task: { position } }: RunningTask,
  isOtherTopic: boolean,
  { start, end }: { readonly start: number; readonly end: number },
): string | undefined {
  if (isOtherTopic) return `topic ${stage.input} was deleted and made again since ${name} was read up to ${position}`;
  if (position < start)
    return `${start - position} offsets of ${name} were deleted before they were read (${position} to ${start})`;
  if (position <= end) return undefined;
  return `${name} ends at ${end} and was read up to ${position}: it was deleted and made again, or cut short`;
}
