/** A broker that goes away and comes back at the same address, with what it held. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, startKafka } from '../harness/kafka.ts';
import type { KafkaBroker } from '../harness/kafka.ts';

export class PassingBroker {
  readonly brokers: readonly string[];
  private readonly folder: string;
  private readonly port: number;
  private broker: KafkaBroker | undefined;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.brokers = [`127.0.0.1:${port}`];
  }

  /** It has an address, and does not run yet. */
  static async prepare(): Promise<PassingBroker> {
    return new PassingBroker(await mkdtemp(path.join(tmpdir(), 'streamjob-outage-')), await portOutside());
  }

  async start(): Promise<void> {
    const properties = { 'group.min.session.timeout.ms': '1000' };
    this.broker = await startKafka({ version: '4.1.1', dataDir: this.folder, port: this.port, properties });
  }

  async stop(): Promise<void> {
    await this.broker?.stop();
  }

  /** Without notice. */
  async kill(): Promise<void> {
    await this.broker?.kill();
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Below those that the system gives to clients: one of them, while the broker is away, would connect to itself. */
async function portOutside(): Promise<number> {
  for (;;) {
    const port = await freePort(20_000 + Math.floor(Math.random() * 12_000)).catch(() => undefined);
    if (port !== undefined) return port;
  }
}
