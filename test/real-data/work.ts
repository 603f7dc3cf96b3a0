/** What is computed over whole weeks, by examples and flags: a call of plain-node.ts each, so all of it can be sent. */
import { example, NOW, recordsOf, run } from '../examples/local-job.ts';
import { runEngine } from '../reference/engine-runner.ts';
import type { Schedule } from '../reference/engine-runner.ts';
import { interpret } from '../reference/interpreter.ts';
import { ALL_COLUMNS, answerOf, digest, digestOf, expectedAnswerOf, total } from './answers.ts';
import type { Digest } from './answers.ts';

export interface Answered extends Digest {
  readonly stages: number;
  /** Of each of these columns, over all rows. */
  readonly sums: readonly bigint[];
}

/** The local run of an example. */
export async function localAnswer(
  name: string,
  flags: readonly string[],
  columns: readonly string[],
): Promise<Answered> {
  const job = example(name, ...ALL_COLUMNS, ...flags);
  const answer = await answerOf(job);
  const sums = columns.map((column) => total(answer.rows, column));
  return { ...digest(answer), stages: job.plan.stages.length, sums };
}

/** What the interpreter says of the same. */
export async function expectedAnswer(name: string, flags: readonly string[]): Promise<Digest> {
  return digest(await expectedAnswerOf(example(name, ...ALL_COLUMNS, ...flags)));
}

/** What a job with the console sink prints, after it has judged all records good. */
export async function printedBy(name: string, flags: readonly string[]): Promise<string> {
  const { summary, printed } = await run(example(name, ...flags));
  if (summary.rejected.size > 0) throw new Error(JSON.stringify([...summary.rejected]));
  return printed;
}

/** The interpreter's answer, and that of the engine's tasks by each schedule. */
export async function answersBySchedule(
  name: string,
  flags: readonly string[],
  schedules: readonly Schedule[],
): Promise<{ readonly expected: Digest; readonly found: readonly Digest[] }> {
  const planned = example(name, ...flags);
  const { job } = planned;
  const records = await recordsOf(planned);
  const { partitions } = job.spec.topic;
  return {
    expected: digestOf(interpret(job, records, { now: NOW }), records.length),
    found: schedules.map((schedule) =>
      digestOf(runEngine(job, records, { partitions, now: NOW, schedule }), records.length),
    ),
  };
}
