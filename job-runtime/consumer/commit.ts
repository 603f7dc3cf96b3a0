/**
 * One commit: what the tasks have to give since their last one, put into one transaction. Taking it is synchronous, so
 * that the tasks can work on while the transaction is under way; if it fails, they are thrown away and restored.
 *
 * Every task that takes part commits its position, moved or not: that is what a broker checks against the generation of
 * the group (docs/adr/0002).
 */
import { appendDeadLetter } from '../dead-letters/dead-letter-records.ts';
import { ChangeWriter } from '../engine/changes.ts';
import type { GroupMember, LogWriter, Position, Transaction } from '../log/log.ts';
import { RecordBuilder } from '../log/record-builder.ts';
import type { JobLayout, TaskCounts } from './job-layout.ts';
import { tasksOf } from './job-layout.ts';
import type { RunningTask } from './running-task.ts';
import { encodeProgress } from './task-progress.ts';

export interface CommitContext {
  readonly layout: JobLayout;
  readonly counts: TaskCounts;
  readonly member: GroupMember;
  readonly writer: LogWriter;
  /** Wall clock: the timestamps of what is written. */
  readonly now: number;
}

/** Takes part: `commit` the transaction, then tell each task's changelog. */
export function takeCommit(tasks: readonly RunningTask[], context: CommitContext): Transaction {
  const transaction = context.writer.begin();
  const positions: Position[] = [];
  const messages = new NextStage();
  for (const running of tasks) {
    takeOutputs(running, transaction, messages, context);
    takeChanges(running, transaction, context.now);
    positions.push({
      topic: running.stage.input,
      partition: running.partition,
      offset: running.task.position,
      metadata: encodeProgress(running.progress(context.writer.id)),
    });
    running.markCommitted();
  }
  messages.appendTo(transaction);
  transaction.commitPositions(context.member, positions);
  return transaction;
}

/** What goes to the next stage, to the result topics and to the dead letters. */
function takeOutputs(
  running: RunningTask,
  transaction: Transaction,
  messages: NextStage,
  { layout, counts, now }: CommitContext,
): void {
  const { stage, task, target, rejects } = running;
  task.commit().forEach((given, partition) => {
    for (const message of given) messages.add(stage.next!, partition, message, now);
  });
  target?.appendTo(transaction, now);
  const letters = rejects.take();
  if (letters.length === 0) return;
  const builder = new RecordBuilder(letters.length);
  const { namespace, name, run } = layout.identity;
  for (const letter of letters) appendDeadLetter(builder, letter, { job: `${namespace}/${name}`, run }, now);
  transaction.append(layout.deadLetters, running.partition % tasksOf(0, counts), builder);
  running.deadLetters += letters.length;
}

function takeChanges({ task, changelog }: RunningTask, transaction: Transaction, now: number): void {
  const out = new ChangeWriter(changelog.nextChunk);
  task.writeChanges(out, changelog.rewriteBefore(task.liveBytes()));
  changelog.append(transaction, out.take(), now);
}

/** The messages of all tasks for the next stage, by its partitions: many tasks have a little for each. */
class NextStage {
  private readonly builders = new Map<string, RecordBuilder[]>();

  add(topic: string, partition: number, message: Uint8Array, now: number): void {
    let builders = this.builders.get(topic);
    if (!builders) this.builders.set(topic, (builders = []));
    (builders[partition] ??= new RecordBuilder()).append(null, message, now);
  }

  appendTo(transaction: Transaction): void {
    for (const [topic, builders] of this.builders)
      builders.forEach((builder, partition) => transaction.append(topic, partition, builder));
  }
}
