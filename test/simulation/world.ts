/** A whole run: the servers, the processes, the source that fills, and what befalls them. */
import type { StreamJob } from '../../crds/stream-job.ts';
import { decodeProgress } from '../../job-runtime/consumer/task-progress.ts';
import { layoutOf } from '../../job-runtime/consumer/job-layout.ts';
import type { JobLayout } from '../../job-runtime/consumer/job-layout.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import type { CommittedPosition } from '../../job-runtime/log/log.ts';
import { RecordBuilder } from '../../job-runtime/log/record-builder.ts';
import { recordEnd } from '../../job-runtime/producer/produced-run.ts';
import type { InputRecord } from '../reference/interpreter.ts';
import { Broker } from './broker.ts';
import { Dice } from './dice.ts';
import { useTime } from './fake-timers.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { MemorySink } from './memory-sink.ts';
import type { FaultRates } from './network.ts';
import { NO_FAULTS, Network } from './network.ts';
import { outboxDelivery, topicDelivery } from './plain-rows.ts';
import { SimLog } from './sim-log.ts';
import type { SimJob } from './sim-process.ts';
import { IDENTITY, REBALANCE_TIMEOUT_MILLIS, SESSION_TIMEOUT_MILLIS, SimProcess } from './sim-process.ts';
import type { SimServers } from './sim-transaction.ts';
import type { Actor } from './virtual-time.ts';
import { VirtualTime } from './virtual-time.ts';

export interface WorldEvent {
  readonly kind: 'freeze' | 'kill' | 'restart' | 'add' | 'remove' | 'start goes back';
  /** Milliseconds from the beginning. */
  readonly at: number;
  /** Which process: this number modulo how many there are. */
  readonly target: number;
  readonly lasts: number;
}

/** All that happens, drawn from one seed. */
export interface Course {
  readonly seed: number;
  readonly processes: number;
  readonly commitIntervalMillis: number;
  readonly fetchBytes: number;
  readonly rates: FaultRates;
  readonly events: readonly WorldEvent[];
  /** Milliseconds over which the source is filled, beside the run; 0: it is full when the run begins. */
  readonly fillMillis: number;
  /** The source gets so many partitions on the way, once those of the manifest are full. Needs fillMillis. */
  readonly growsTo?: number | undefined;
  readonly endWhenDone: boolean;
  readonly sink: 'topic' | 'outbox';
}

const BEGIN = Date.UTC(2026, 0, 1);
/** From here on nothing goes wrong any more. */
const CALM_AFTER_MILLIS = 8000;
/** Whoever comes in place of one that died has come by then. */
const LAST_ARRIVAL_MILLIS = CALM_AFTER_MILLIS + 3 * REBALANCE_TIMEOUT_MILLIS;
/** Whether all is done is looked at this often. */
const LOOK_AGAIN_MILLIS = 20;
const MOST_PROCESSES = 5;
const MOST_MILLIS = 15 * 60_000;

export class World {
  readonly broker: Broker;
  readonly batches = new Map<string, string>();
  readonly lines: string[] = [];
  readonly layout: JobLayout;
  private readonly job: StreamJob;
  private readonly course: Course;
  private readonly time = new VirtualTime(BEGIN);
  private readonly coordinator: GroupCoordinator;
  private readonly servers: SimServers;
  private readonly shared: SimJob;
  private processes: SimProcess[] = [];
  private names = 0;
  private isFull = false;
  private isStopping = false;
  private readonly lastEvent: number;
  private lookAt = 0;

  constructor(job: StreamJob, plan: JobPlan, course: Course) {
    useTime(this.time);
    this.job = job;
    this.course = course;
    this.lastEvent = Math.max(0, ...course.events.map(({ at }) => at));
    const { seed, rates, commitIntervalMillis, fetchBytes, endWhenDone, fillMillis } = course;
    const { time } = this;
    this.layout = layoutOf(job, plan, IDENTITY);
    this.broker = new Broker(time, new Dice(seed ^ 1));
    this.coordinator = new GroupCoordinator(time, {
      sessionTimeoutMillis: SESSION_TIMEOUT_MILLIS,
      rebalanceTimeoutMillis: REBALANCE_TIMEOUT_MILLIS,
    });
    const { coordinator } = this;
    const expectMember = coordinator.expectMember.bind(coordinator);
    this.servers = { broker: this.broker, network: new Network(time, new Dice(seed), rates), expectMember };
    this.servers.network.strike = (how) => this.strike(how);
    const common = { job, plan, commitIntervalMillis, fetchBytes, endWhenDone, coordinator, servers: this.servers };
    this.shared = {
      ...common,
      endsWithProducer: fillMillis > 0,
      createDelivery: () =>
        course.sink === 'topic' ? topicDelivery(plan) : outboxDelivery(job, plan, this.createSink()),
      say: (line) => void this.lines.push(`${time.now - BEGIN} ${line}`),
    };
  }

  get millis(): number {
    return this.time.now - BEGIN;
  }

  get events(): number {
    return this.time.events;
  }

  /** Until all is done and everybody has ended; what went wrong is with the broker's violations. */
  async run(records: readonly InputRecord[]): Promise<void> {
    const { time, course, broker } = this;
    this.fill(records);
    for (let i = 0; i < course.processes; i++) this.add();
    for (const event of course.events) this.at(event.at, () => this.befall(event));
    this.at(CALM_AFTER_MILLIS, () => this.calm());
    await this.wait(() => this.isOver());
    // A process that was killed may have left something to deliver: another one has nothing else to do.
    if (course.endWhenDone) this.add();
    else this.stop();
    await this.wait(() => this.processes.every(({ isAlive }) => !isAlive));
    await time.run(() => broker.openTransactions().length === 0, 60_000);
  }

  private async wait(isOver: () => boolean): Promise<void> {
    const { broker, time } = this;
    if (broker.violations.length > 0 || (await time.run(isOver, MOST_MILLIS))) return;
    broker.violations.push(`not over after ${this.millis} ms: ${this.whatIsLeft().join(', ')}`);
  }

  private stop(): void {
    this.isStopping = true;
    for (const process of this.processes) process.stop();
  }

  /** Partitions whose tasks have not committed their end. */
  whatIsLeft(): string[] {
    const { broker, layout } = this;
    return layout.stages.flatMap(({ input, index }) => {
      if (!broker.has(input)) return [input];
      const positions = broker.committed(layout.group, input);
      return broker.topic(input).flatMap((partition) => {
        const found = positions.get(partition.index);
        const offset = found?.position?.offset;
        const isRead = index > 0 || (offset ?? -1) >= partition.end;
        return isRead && isAtEnd(found) ? [] : [`${partition.name} at ${offset} of ${partition.end}`];
      });
    });
  }

  private isOver(): boolean {
    if (this.broker.violations.length > 0) return true;
    if (this.millis < this.lookAt) return false;
    this.lookAt = this.millis + LOOK_AGAIN_MILLIS;
    if (!this.isFull || this.whatIsLeft().length > 0) return false;
    const alive = this.processes.filter(({ isAlive }) => isAlive);
    if (this.course.endWhenDone) return alive.length === 0 && this.millis > LAST_ARRIVAL_MILLIS;
    const isAtRest = alive.every(({ isDone }) => isDone) && this.coordinator.isStableWith(alive.length);
    return isAtRest && alive.length > 0 && this.millis > this.lastEvent;
  }

  private at(millis: number, go: () => void): void {
    this.time.as(undefined, () => this.time.after(millis, go));
  }

  private createSink(): MemorySink {
    return new MemorySink(this.servers.network, this.batches, this.broker.violations);
  }

  private add(name = `consumer-${this.names++}`): void {
    if (this.isStopping) return;
    const process = new SimProcess(name, this.shared);
    this.processes.push(process);
    process.start();
  }

  private befall({ kind, target, lasts }: WorldEvent): void {
    const alive = this.processes.filter(({ isAlive, isStopping }) => isAlive && !isStopping);
    const process = alive[target % Math.max(1, alive.length)];
    this.shared.say(`-- ${kind} ${process?.actor.name} ${lasts}`);
    if (kind === 'add' && alive.length < MOST_PROCESSES) this.add();
    else if (kind === 'start goes back') this.startGoesBack();
    else if (process) this.hit(process, { kind, target: alive.length, lasts });
  }

  /** `target`: how many processes there are. */
  private hit(process: SimProcess, { kind, target, lasts }: Omit<WorldEvent, 'at'>): void {
    if (kind === 'freeze') this.freeze(process.actor, lasts);
    else if (kind === 'remove' && target > 1) process.stop();
    else if (kind === 'kill' || kind === 'restart') this.kill(process, lasts, kind === 'restart');
  }

  /** What befalls a process in the middle of a commit. */
  private strike(how: 'frozen' | 'killed'): void {
    const { time, servers } = this;
    const process = this.processes.find(({ actor }) => actor === time.actor);
    if (!process) return;
    const lasts = servers.network.dice.below(3 * REBALANCE_TIMEOUT_MILLIS);
    this.shared.say(`-- ${process.actor.name} is ${how} for ${lasts} in a commit`);
    if (how === 'frozen') this.freeze(process.actor, lasts);
    else this.kill(process, lasts, servers.network.dice.isHit(0.5));
  }

  private freeze(actor: Actor, lasts: number): void {
    actor.freeze();
    this.at(lasts, () => actor.thaw());
  }

  /** Another one comes in its place: the same again, or one with another name. */
  private kill(process: SimProcess, lasts: number, isSame: boolean): void {
    process.kill();
    this.at(lasts, () => this.add(isSame ? process.actor.name : undefined));
  }

  private startGoesBack(): void {
    for (const { changelog } of this.layout.stages)
      if (this.broker.has(changelog)) for (const partition of this.broker.topic(changelog)) partition.startGoesBack(0);
  }

  private calm(): void {
    this.shared.say('-- from here on nothing goes wrong');
    this.servers.network.rates = NO_FAULTS;
    if (this.whatIsLeft().length > 0 && !this.processes.some(({ isAlive, isStopping }) => isAlive && !isStopping))
      this.add();
  }

  private fill(records: readonly InputRecord[]): void {
    const { course, broker, job } = this;
    const { name, partitions } = job.spec.topic;
    broker.grow(name, partitions);
    const append = ({ partition, key, value }: InputRecord): void => {
      const builder = new RecordBuilder(1);
      builder.append(key, value, this.time.now);
      broker.grow(name, partition + 1);
      broker.partition({ topic: name, partition }).append(builder, undefined);
    };
    if (course.fillMillis === 0) {
      for (const record of records) append(record);
      this.isFull = true;
      return;
    }
    const isNew = ({ partition }: InputRecord): boolean => partition >= partitions;
    const inTurn = [...records.filter((record) => !isNew(record)), ...records.filter(isNew)];
    inTurn.forEach((record, index) => this.at((course.fillMillis * index) / records.length, () => append(record)));
    this.at(course.fillMillis + 1, () => void this.endFilling(course.growsTo ?? partitions));
  }

  /** What the job's producer says when its source has come to its end. */
  private async endFilling(partitions: number): Promise<void> {
    const { broker, time, layout } = this;
    const topic = this.job.spec.topic.name;
    broker.grow(topic, partitions);
    broker.grow(layout.runTopic, 1);
    const log = new SimLog({ ...this.servers, network: new Network(time, new Dice(1), NO_FAULTS) }, 1 << 20);
    const writer = log.writer('producer');
    await writer.open();
    await recordEnd(log, writer, { topic, runTopic: layout.runTopic, now: time.now });
    this.isFull = true;
    this.shared.say('-- the source has come to its end');
  }
}

/** Its task has committed that nothing more will come. */
function isAtEnd(found: CommittedPosition | undefined): boolean {
  if (!found?.position || found.isPending) return false;
  return decodeProgress(found.position.metadata)?.watermark === Infinity;
}
