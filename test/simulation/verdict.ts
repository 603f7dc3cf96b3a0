/** What a run left behind, against the reference and against what must hold of every log. */
import { decodeProgress } from '../../job-runtime/consumer/task-progress.ts';
import { deadLetterPlace } from '../../job-runtime/dead-letters/dead-letter-records.ts';
import { FrameKind, readFrame } from '../../job-runtime/engine/exchange/frames.ts';
import { decodeHeaders } from '../../job-runtime/log/record-headers.ts';
import { differences } from '../reference/agreement.ts';
import { interpret } from '../reference/interpreter.ts';
import type { BadRecord, Interpretation, Position, ResultRow } from '../reference/interpreter.ts';
import type { Entry } from './broker-partition.ts';
import { OUTPUT, rowOf } from './plain-rows.ts';
import type { Scenario } from './scenario.ts';
import { planned } from './scenario.ts';
import { World } from './world.ts';

export interface Verdict {
  /** A line each; none: all is as it should be. */
  readonly problems: readonly string[];
  /** What happened. */
  readonly lines: readonly string[];
  readonly events: number;
}

/** Undefined where the planner refuses the job. */
export async function simulate({ job, records, course }: Scenario): Promise<Verdict | undefined> {
  const plan = planned(job);
  if (!plan) return undefined;
  const world = new World(job, plan, course);
  await world.run(records);
  const { lines, events, broker } = world;
  if (broker.violations.length > 0) return { problems: broker.violations, lines, events };
  const expected = interpret(job, records, { now: Infinity });
  const actual = resultOf(world, expected);
  const problems = [
    ...differences(job, expected, actual),
    ...leftovers(world),
    ...miscounted(world),
    ...outOfOrder(world, job.spec.window?.groupBy),
  ];
  return { problems, lines, events };
}

function resultOf(world: World, { duplicates }: Interpretation): Interpretation {
  const letters = deadLetters(world);
  const byPosition = (a: Position, b: Position): number => a.partition - b.partition || a.offset - b.offset;
  return {
    rows: rowsOf(world),
    late: letters
      .filter(({ reason }) => reason === 'Late')
      .map(({ partition, offset }) => ({ partition, offset }))
      .sort(byPosition),
    bad: letters.filter(({ reason }) => reason !== 'Late').sort(byPosition) as BadRecord[],
    // The runtime counts them and says no more.
    duplicates,
  };
}

function rowsOf({ broker, batches }: World): ResultRow[] {
  if (!broker.has(OUTPUT)) return [...batches.values()].flatMap((text) => text.split('\n').filter(Boolean).map(rowOf));
  return broker.topic(OUTPUT).flatMap((partition) => partition.committed().map(rowOfEntry));
}

const rowOfEntry = ({ value }: Entry): ResultRow => rowOf(new TextDecoder().decode(value!));

function deadLetters({ broker, layout }: World): (Position & { reason: string })[] {
  return broker.topic(layout.deadLetters).flatMap((from) =>
    from.committed().map(({ headers }) => {
      const { partition, offset, error } = deadLetterPlace(decodeHeaders(headers!, 0, headers!.length))!;
      return { partition, offset, reason: error };
    }),
  );
}

/** Open transactions, source records that nobody has read, and messages between stages too. */
function leftovers({ broker, layout }: World): string[] {
  const open = broker.openTransactions().map(({ writer }) => `left open: a transaction of ${writer}`);
  const unread = layout.stages.flatMap(({ input, index }) => {
    const positions = broker.committed(layout.group, input);
    return broker.topic(input).flatMap((partition) => {
      const read = positions.get(partition.index)?.position?.offset ?? 0;
      const left = partition.committed().filter((entry) => entry.offset >= read && (index === 0 || isData(entry)));
      return left.length > 0 ? [`unread: ${left.length} of ${partition.name} from ${read} on`] : [];
    });
  });
  return [...open, ...unread];
}

/** What the tasks say of their dead letters beside their positions is what there is, whoever died in between. */
function miscounted({ broker, layout }: World): string[] {
  const letters = broker.topic(layout.deadLetters).flatMap((partition) => partition.committed()).length;
  const told = layout.stages.flatMap(({ input }) =>
    [...broker.committed(layout.group, input).values()].map(
      ({ position }) => (position && decodeProgress(position.metadata)?.deadLetters) ?? 0,
    ),
  );
  const sum = told.reduce((all, count) => all + count, 0);
  return sum === letters ? [] : [`dead letters: there are ${letters}, and the tasks count ${told.join(' + ')}`];
}

/** A watermark that is told once more, by a task that was restored at its end, need not be read. */
function isData({ value }: Entry): boolean {
  return readFrame(value!, 0, value!.length).kind !== FrameKind.watermark;
}

/** Results of one group come in the order of their windows. */
function outOfOrder({ broker }: World, groupBy: readonly string[] | undefined): string[] {
  if (!groupBy || !broker.has(OUTPUT)) return [];
  return broker.topic(OUTPUT).flatMap((partition) => {
    const ends = new Map<string, number>();
    return partition.committed().flatMap((entry) => {
      const { windowEnd, values } = rowOfEntry(entry);
      const group = groupBy.map((name) => String(values[name])).join('|');
      const before = ends.get(group) ?? -Infinity;
      ends.set(group, windowEnd!);
      return windowEnd! < before
        ? [`order: ${partition.name} has window ${windowEnd} of ${group} behind ${before}`]
        : [];
    });
  });
}
