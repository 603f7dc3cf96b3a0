/** `streamjob redrive`: puts the dead letters of a run back on the topic, or counts them. */
import { deadLetterTopic } from '../../../crds/identity.ts';
import type { StreamJob } from '../../../crds/stream-job.ts';
import { surveyLetters } from '../../dead-letters/letter-survey.ts';
import { redrive } from '../../dead-letters/redrive.ts';
import { StreamJobError, isStreamJobError } from '../../errors.ts';
import type { Log } from '../../log/log.ts';
import { topicNotFound } from '../../log/not-found.ts';
import type { Flags } from '../arguments.ts';
import { loadJob } from '../load.ts';
import { countText } from '../number-text.ts';
import { EXIT } from '../world.ts';
import type { World } from '../world.ts';
import { clusterOf } from './cluster.ts';
import type { Complaint } from './complaints.ts';
import { namedOnly, wrong } from './complaints.ts';
import { redriveLines, surveyLines } from './redrive-text.ts';
import { unlessStopped, withLog } from './with-log.ts';

const ERASE_LINE = '\r\u001B[K';

export async function redriveCommand(file: string | undefined, flags: Flags, world: World): Promise<number> {
  const complaints = misuses(file, flags);
  if (complaints.length > 0) return wrong(complaints, world);
  const loaded = file === undefined ? { job: undefined } : await loadJob(file, namedOnly(flags), world);
  if (!loaded) return EXIT.wrongInput;
  const topic = topicOf(loaded.job, flags);
  if (typeof topic === 'object') return wrong([topic.complaint], world);
  const cluster = clusterOf(flags, loaded.job?.spec.kafka);
  if ('complaint' in cluster) return wrong([cluster.complaint], world);
  await withLog(cluster, world, async (log, isAnswered) => {
    await explained(topic, async () => {
      if (flags.has('dry-run')) await survey(log, topic, flags, world);
      else await putBack(log, topic, { flags, world, isAnswered });
    });
  });
  return EXIT.done;
}

function misuses(file: string | undefined, flags: Flags): string[] {
  const complaints: string[] = [];
  if (flags.has('run') === flags.has('topic')) {
    const what = 'FILE --run RUN (status.run of the StreamJob), or --topic DEAD_LETTER_TOPIC';
    complaints.push(`which dead letters? give ${what}${flags.has('run') ? ', not both' : ''}`);
  } else if (flags.has('run') && file === undefined) complaints.push('--run needs the manifest of the job: FILE');
  if (flags.has('topic') && flags.has('namespace')) complaints.push('--namespace goes with --run, not with --topic');
  if (flags.has('error') && !flags.has('dry-run'))
    complaints.push(
      '--error is for --dry-run only: redrive keeps one position for all errors, and would skip the others',
    );
  return complaints;
}

/** The manifest's namespace counts unless a flag says otherwise; without either it is the one that kubectl takes. */
function topicOf(job: StreamJob | undefined, flags: Flags): string | Complaint {
  const topic = flags.get('topic')?.at(-1);
  if (topic !== undefined) return topic;
  const namespace = flags.get('namespace')?.at(-1) ?? job!.metadata.namespace ?? 'default';
  try {
    return deadLetterTopic({ namespace, name: job!.metadata.name, uid: '', run: flags.get('run')!.at(-1)! });
  } catch (error) {
    return { complaint: (error as RangeError).message };
  }
}

/** A topic that is not there has one cause for somebody who never sees its name. */
async function explained(topic: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const missing = topicNotFound(topic).message;
    if (!isStreamJobError(cause, 'TopicNotFound') || cause.message !== missing) throw cause;
    const problem = `there are no dead letters: ${missing}; are namespace and run right?`;
    throw new StreamJobError('TopicNotFound', problem, { cause });
  }
}

async function survey(log: Log, topic: string, flags: Flags, world: World): Promise<void> {
  const found = await unlessStopped(world.stopSignal(), surveyLetters(log, topic));
  if (found) print(surveyLines(found, flags.get('error')?.at(-1)), world.stdout.stream);
}

interface PutBackContext {
  readonly flags: Flags;
  readonly world: World;
  readonly isAnswered: () => void;
}

async function putBack(log: Log, topic: string, { flags, world, isAnswered }: PutBackContext): Promise<void> {
  const { stderr, now } = world;
  const signal = world.stopSignal();
  const erase = stderr.isTerminal ? ERASE_LINE : '';
  const summary = await redrive(log, topic, {
    now,
    signal,
    isAll: flags.has('all'),
    onProgress: (progress) => {
      isAnswered();
      if (stderr.isTerminal) stderr.stream.write(`${erase}${countText(progress.putBack)} put back`);
    },
  });
  stderr.stream.write(erase);
  print(redriveLines(summary, signal.aborted), stderr.stream);
}

function print(lines: readonly string[], stream: NodeJS.WritableStream): void {
  stream.write(lines.map((line) => `${line}\n`).join(''));
}
