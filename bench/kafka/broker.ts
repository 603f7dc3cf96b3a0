/** A broker for a benchmark: with the heap and the collector that Kafka's own scripts give it, and a client of its log. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openKafka } from '../../job-runtime/log/kafka/open-kafka.ts';
import type { Log } from '../../job-runtime/log/log.ts';
import { startKafka } from '../../test/harness/kafka.ts';
import { cpuSecondsOf } from './process-meter.ts';

export { freePort } from '../../test/harness/kafka.ts';

const JVM = [
  '-Xms1g',
  '-Xmx1g',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
];

export interface BenchBroker {
  readonly brokers: readonly string[];
  readonly port: number;
  readonly pid: number;
  /** Of this process: for what is loaded before a run and read after it. */
  readonly log: Log;
  /** Takes all data along. */
  close(): Promise<void>;
}

export async function openBroker(): Promise<BenchBroker> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'bench-kafka-'));
  try {
    const { brokers, pid, stop } = await startKafka({ version: '4.1.1', dataDir, jvmFlags: JVM });
    const cluster = openKafka({ brokers: [...brokers] }, async () => ({}), { clientId: 'bench' });
    const close = async (): Promise<void> => {
      await cluster.close();
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    };
    return { brokers, pid, port: Number(brokers[0]!.split(':')[1]), log: cluster.log, close };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** CPU-seconds that a process takes per second, over a stretch of time. */
export async function cpuRateOf(pid: number, millis: number): Promise<number> {
  const [before, begin] = [cpuSecondsOf(pid), performance.now()];
  await delay(millis);
  return (cpuSecondsOf(pid) - before) / ((performance.now() - begin) / 1000);
}
