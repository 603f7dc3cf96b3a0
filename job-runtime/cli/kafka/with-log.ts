/** Opens the log of a cluster for one command, and closes it whatever happens. */
import type { Log } from '../../log/log.ts';
import { printFailure } from '../failure.ts';
import type { World } from '../world.ts';
import type { Cluster } from './cluster.ts';

/** A command that has got no answer by now says whom it waits for. */
const SILENCE_MILLIS = 3000;

/** `isAnswered` is told once Kafka has said something. */
export async function withLog<T>(
  { kafka, read }: Cluster,
  world: World,
  work: (log: Log, isAnswered: () => void) => Promise<T>,
): Promise<T> {
  const log = await world.openLog(kafka, read);
  const silence = setTimeout(() => {
    printFailure({ lines: [`no answer from ${kafka.brokers.join(', ')} yet`] }, world.stderr);
  }, SILENCE_MILLIS);
  const isAnswered = (): void => clearTimeout(silence);
  try {
    return await work(log, isAnswered);
  } finally {
    isAnswered();
    await log.close();
  }
}

/** What `work` gives; undefined as soon as `signal` is aborted, and then its failure is nobody's concern. */
export function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => resolve(undefined);
    if (signal.aborted) onStop();
    signal.addEventListener('abort', onStop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onStop));
  });
}
