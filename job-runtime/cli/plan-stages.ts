/** The stages of a plan in words: what each reads, does, keeps and hands on. */
import type { Step, StreamJobSpec } from '../../crds/stream-job.ts';
import type { JobPlan, StagePlan, StepPlan } from '../engine/stage-plan.ts';
import { shufflePartitionsOf } from '../engine/stage-plan.ts';
import { list, titled } from './paragraphs.ts';

export function stageSections(spec: StreamJobSpec, { stages, rows }: JobPlan): string[] {
  const { partitions } = spec.topic;
  const between = shufflePartitionsOf(partitions);
  return stages.map((stage) => {
    const tasks = stage.input === 'source' ? partitions : between;
    const count = stages.length > 1 ? ` of ${stages.length}` : '';
    const parts: [string, string[]][] = [
      ['reads', [inputText(stage, spec.topic.name)]],
      ['does', stageSteps(stage, spec.steps)],
      ['keeps', stateLines(stage, spec)],
      ['gives', [outputText(stage, between, rows.window !== undefined)]],
    ];
    const title = `Stage ${stage.index + 1}${count}: ${tasks} ${tasks === 1 ? 'task' : 'tasks'}, one for each partition that it reads`;
    return titled(
      title,
      parts.filter(([, lines]) => lines.length > 0),
    );
  });
}

function inputText({ input, index }: StagePlan, topic: string): string {
  if (input === 'source') return `the records of topic ${topic}`;
  if (input === 'records') return `the records that stage ${index} shuffled`;
  return `what stage ${index} aggregated, a part of each group at a time`;
}

/** Maps that run again on held records come from the source: they are told once. */
function stageSteps({ arriving, ordered, input }: StagePlan, steps: readonly Step[]): string[] {
  const own = new Set(arriving.map(({ index }) => index));
  const held = (ordered ?? []).filter(({ index }) => !own.has(index));
  const isRepeated = ({ index }: StepPlan): boolean =>
    input === 'records' && steps[index]!.map !== undefined && index < firstStateful(steps, ordered);
  const inOrder = held.map(
    (step) => `${stepText(step, steps)}${isRepeated(step) ? ' (again: what was shuffled is the record)' : ''}`,
  );
  return [
    ...arriving.map((step) => stepText(step, steps)),
    ...(ordered
      ? [
          'holds records until the watermark has closed their windows, then takes them in the order of their event times:',
        ]
      : []),
    ...inOrder,
  ];
}

function firstStateful(steps: readonly Step[], ordered: readonly StepPlan[] | undefined): number {
  return ordered?.find(({ index }) => steps[index]!.map === undefined)?.index ?? steps.length;
}

function stepText({ index, name }: StepPlan, steps: readonly Step[]): string {
  const { filter, map, deduplicate, delta } = steps[index]!;
  if (filter !== undefined) return `${name}: keeps records for which ${filter}`;
  if (map) return `${name}: ${mapText(map)}`;
  if (deduplicate)
    return `${name}: drops records equal in ${list(deduplicate.by)} to an earlier one${deduplicate.within ? ` within ${deduplicate.within}` : ''}`;
  const { by, fields, maxChange, timeToLive } = delta!;
  const changes = Object.entries(fields).map(([out, field]) => (out === field ? field : `${field} (as ${out})`));
  const reset = maxChange === undefined ? '' : `; more than ${maxChange} counts as 0`;
  return `${name}: change of ${list(changes)} since the reading before of the same ${list(by)}, at most ${timeToLive} old${reset}`;
}

function mapText({ set = {}, rename = {}, drop = [] }: NonNullable<Step['map']>): string {
  const sets = Object.entries(set).map(([name, expression]) => `${name} = ${expression}`);
  const renames = Object.entries(rename).map(([from, to]) => `${from} to ${to}`);
  return [
    ...(sets.length > 0 ? [`sets ${list(sets)}`] : []),
    ...(renames.length > 0 ? [`renames ${list(renames)}`] : []),
    ...(drop.length > 0 ? [`drops ${list(drop)}`] : []),
  ].join('; ');
}

function stateLines(stage: StagePlan, { steps, window }: StreamJobSpec): string[] {
  const stateful = [...stage.arriving, ...(stage.ordered ?? [])].flatMap((step) =>
    stepState(step, steps, window !== undefined),
  );
  return [
    ...(stage.ordered ? ['the records that wait for the watermark'] : []),
    ...stateful,
    ...(window && stage.output === 'rows' ? ['each open window, with the aggregates of its groups'] : []),
    ...(stage.output === 'groups' ? ['the aggregates of the groups since its last commit, no longer'] : []),
  ];
}

function stepState({ index, name }: StepPlan, steps: readonly Step[], hasWindow: boolean): string[] {
  const { deduplicate, delta } = steps[index]!;
  if (deduplicate) {
    const until = hasWindow ? 'until its last window has closed' : `for ${deduplicate.within} of event time`;
    return [`for ${name}: each ${list(deduplicate.by)} that passed, ${until}`];
  }
  return delta ? [`for ${name}: the last reading of each ${list(delta.by)}, for ${delta.timeToLive}`] : [];
}

function outputText({ index, output, shuffleBy }: StagePlan, between: number, hasWindow: boolean): string {
  const to = `to the ${between} partitions of the topic between stage ${index + 1} and ${index + 2}`;
  if (output === 'records')
    return `the records, as they came, ${to}; equal ${list(shuffleBy.map(({ name }) => name))} go to one partition`;
  if (output === 'groups')
    return `the groups, each with what it has so far, ${to}; a group always goes to the same partition`;
  return hasWindow ? 'the results of windows that have closed to the sink' : 'each record to the sink';
}
