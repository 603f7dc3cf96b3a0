/**
 * All processes of a run: the broker, the producer, and the consumers of both jobs. Whoever ends without being told to
 * is noted, since nothing that is done here is a reason to give up, and is started again as Kubernetes would.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, startKafka } from '../harness/kafka.ts';
import type { KafkaBroker, KafkaOptions } from '../harness/kafka.ts';
import type { JobName } from './jobs.ts';
import { Program } from './program.ts';

/** As Kubernetes' default; the broker may be away while a process is to end. */
const GRACE_MILLIS = 30_000;
const RESTART_MILLIS = 1000;

export interface FleetOptions {
  readonly folder: string;
  readonly kafka: Omit<KafkaOptions, 'port'>;
  readonly env: Readonly<Record<string, string>>;
}

export class Fleet {
  /** Everybody who ever was, for their logs. */
  readonly everybody: Program[] = [];
  /** What nobody asked for, a line each. */
  readonly surprises: string[] = [];
  /** Who did not end in time when asked to. */
  readonly overdue: string[] = [];
  producer: Program | undefined;
  private readonly options: FleetOptions;
  private readonly consumers: Program[] = [];
  private broker: KafkaBroker | undefined;
  private port = 0;
  private names = 0;
  private isClosing = false;

  constructor(options: FleetOptions) {
    this.options = options;
    process.once('exit', this.onExit);
  }

  get brokers(): readonly string[] {
    return this.broker!.brokers;
  }

  async startBroker(): Promise<void> {
    const { kafka } = this.options;
    this.port ||= await portOutside();
    this.expectOpen();
    this.broker = await startKafka({ ...kafka, port: this.port });
    if (this.isClosing) await this.broker.kill();
  }

  async stopBroker(how: 'stop' | 'kill'): Promise<void> {
    await this.broker?.[how]();
  }

  async writeManifest(job: JobName, manifest: object): Promise<void> {
    await writeFile(this.manifestFile(job), JSON.stringify(manifest));
  }

  async startProducer(): Promise<void> {
    this.producer = await this.start('producer', 'keyed', 'producer');
  }

  async startConsumer(job: JobName, instance = `${job}-${++this.names}`): Promise<Program> {
    const program = await this.start('consumer', job, instance);
    this.consumers.push(program);
    return program;
  }

  /** Those that live and are left alone. */
  idle(job: JobName): readonly Program[] {
    return this.consumers.filter(({ options, end, isBusy }) => options.job === job && !end && !isBusy);
  }

  living(): readonly Program[] {
    return this.consumers.filter(({ end }) => !end);
  }

  async stop(program: Program): Promise<void> {
    program.isBusy = true;
    const { code, how } = await program.stop(GRACE_MILLIS);
    if (how === 'SIGKILL') this.overdue.push(`${program.name} had not ended ${GRACE_MILLIS / 1000} s after SIGTERM`);
    // One that has only just been started does not listen to signals yet.
    else if (code !== 0 && how !== 'SIGTERM')
      this.surprises.push(`${program.name} was asked to stop and ended with ${how}`);
  }

  async kill(program: Program): Promise<void> {
    program.isBusy = true;
    await program.kill();
  }

  async stopAll(): Promise<void> {
    this.isClosing = true;
    await Promise.all([...this.living(), ...(this.producer ? [this.producer] : [])].map((one) => this.stop(one)));
  }

  /** The last resort, whatever state they are in. */
  async close(): Promise<void> {
    this.isClosing = true;
    await Promise.all(this.everybody.map((program) => program.kill()));
    await this.broker?.kill();
    process.off('exit', this.onExit);
  }

  /** Nobody outlives this process, however it ends. */
  private readonly onExit = (): void => this.everybody.forEach((program) => program.signal('SIGKILL'));

  private async start(role: 'consumer' | 'producer', job: JobName, instance: string): Promise<Program> {
    const { folder, env } = this.options;
    const port = await freePort();
    this.expectOpen();
    const program = new Program({ role, job, instance, port, jobFile: this.manifestFile(job), folder, env });
    this.everybody.push(program);
    // Its only failure is that the run was over before it came back.
    this.mourn(program).catch(() => undefined);
    return program;
  }

  private async mourn(program: Program): Promise<void> {
    const { how } = await program.ended;
    if (program.isBusy || this.isClosing) return;
    this.surprises.push(`${program.name} ended by itself: ${how}`);
    await delay(RESTART_MILLIS);
    if (this.isClosing) return;
    const { role, job, instance } = program.options;
    if (role === 'producer') await this.startProducer();
    else await this.startConsumer(job, instance);
  }

  private expectOpen(): void {
    if (this.isClosing) throw new Error('the run is over: nobody is to be started any more');
  }

  private manifestFile(job: JobName): string {
    return path.join(this.options.folder, `${job}.json`);
  }
}

/**
 * A free port below those that the system gives to clients: while the broker is away nobody may get it, and least of all
 * one of its own clients, whose attempt to connect would then connect to itself.
 */
async function portOutside(): Promise<number> {
  for (;;) {
    const wanted = 20_000 + Math.floor(Math.random() * 12_000);
    const port = await freePort(wanted).catch(() => undefined);
    if (port !== undefined) return port;
  }
}
