/** `streamjob tail`: the records of a topic, as they are published. */
import type { StreamJob } from '../../../crds/stream-job.ts';
import { outputFailure } from '../../sinks/output-failure.ts';
import type { Flags } from '../arguments.ts';
import { printFailure } from '../failure.ts';
import { loadJob } from '../load.ts';
import { plural } from '../number-text.ts';
import { EXIT } from '../world.ts';
import type { World } from '../world.ts';
import type { Cluster } from './cluster.ts';
import { clusterOf } from './cluster.ts';
import { namedOnly, wrong } from './complaints.ts';
import { Tail } from './tail.ts';
import type { TailOptions } from './tail-flags.ts';
import { tailOptions } from './tail-flags.ts';
import { unlessStopped, withLog } from './with-log.ts';

export async function tailCommand(operand: string, flags: Flags, world: World): Promise<number> {
  const options = tailOptions(flags);
  if ('complaints' in options) return wrong(options.complaints, world);
  const job = isManifest(operand) ? await loadJob(operand, namedOnly(flags), world) : { job: undefined };
  if (!job) return EXIT.wrongInput;
  const cluster = clusterOf(flags, job.job?.spec.kafka);
  if ('complaint' in cluster) return wrong([cluster.complaint], world);
  await follow(topicOf(operand, job.job), options, cluster, world);
  return EXIT.done;
}

/** No name of a topic has a slash; one that ends like a file is taken for a file. */
const isManifest = (operand: string): boolean => operand === '-' || /\/|\.(ya?ml|json)$/.test(operand);

const topicOf = (operand: string, job: StreamJob | undefined): string => job?.spec.topic.name ?? operand;

async function follow(topic: string, options: TailOptions, cluster: Cluster, world: World): Promise<void> {
  const signal = world.stopSignal();
  const { stderr } = world;
  await withLog(cluster, world, async (log, isAnswered) => {
    const tail = new Tail(log, topic, options, {
      signal,
      print: (lines) => print(lines, signal, world),
      say: (line) => printFailure({ lines: [line] }, stderr),
      onStart: (partitions) => {
        isAnswered();
        if (stderr.isTerminal) stderr.stream.write(`${topic}: ${plural(partitions, 'partition')}; Ctrl-C ends it\n`);
      },
    });
    await unlessStopped(signal, tail.run());
  });
}

/** Resolves when stdout has passed it on, or at a stop. False: its reader is gone. */
function print(lines: string, signal: AbortSignal, { stdout, isReaderGone }: World): Promise<boolean> {
  const written = new Promise<boolean>((resolve, reject) => {
    stdout.stream.write(lines, (error) => {
      if (!error) resolve(true);
      else if (isReaderGone()) resolve(false);
      else reject(outputFailure(error, 'write to standard output') as Error);
    });
  });
  return unlessStopped(signal, written).then((isRead) => isRead ?? true);
}
