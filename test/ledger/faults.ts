/** Carries a schedule out: does each fault at its time, undoes it when it is over, and says so. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from './fleet.ts';
import type { Program } from './program.ts';
import type { Fault, FaultKind } from './schedule.ts';

export type Say = (line: string) => void;

/** A job is never left with fewer consumers to choose from. */
const FEWEST = 1;

export class Faults {
  /** How often each was done. */
  readonly done = new Map<FaultKind, number>();
  private readonly fleet: Fleet;
  private readonly say: Say;
  private outages = Promise.resolve();
  private signal: AbortSignal | undefined;

  constructor(fleet: Fleet, say: Say) {
    this.fleet = fleet;
    this.say = say;
  }

  /** Resolves when the last one has been undone. Rejects with what could not be done, and when `signal` is aborted. */
  async run(schedule: readonly Fault[], signal: AbortSignal): Promise<void> {
    this.signal = signal;
    const begin = Date.now();
    const underWay: Promise<void>[] = [];
    for (const fault of schedule) {
      await this.wait(Math.max(0, begin + fault.at - Date.now()));
      const work = this.carryOut(fault);
      // Awaited below: until then a failure must not count as unhandled.
      work.catch(() => undefined);
      underWay.push(work);
    }
    await Promise.all(underWay);
  }

  private async carryOut(fault: Fault): Promise<void> {
    const { kind, lasts } = fault;
    if (kind === 'stopBroker' || kind === 'killBroker') return this.outage(kind, lasts);
    if (kind === 'killProducer') return this.killProducer(lasts);
    if (kind === 'addConsumer') return this.add(fault);
    const target = this.pick(fault);
    if (!target) return this.say(`${kind}: nobody of ${fault.job} is left for it`);
    target.isBusy = true;
    if (kind === 'freezeConsumer') return this.freeze(target, lasts);
    return kind === 'killConsumer' ? this.killConsumer(target, fault) : this.remove(target, lasts);
  }

  private wait(millis: number): Promise<void> {
    return delay(millis, undefined, this.signal && { signal: this.signal });
  }

  private pick({ job, target }: Fault): Program | undefined {
    const candidates = this.fleet.idle(job);
    return candidates.length > FEWEST ? candidates[target % candidates.length] : undefined;
  }

  private count(kind: FaultKind, line: string): void {
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    this.say(`${kind}: ${line}`);
  }

  /** One after the other: a killed broker may take longer to come back than the schedule says. */
  private outage(kind: 'stopBroker' | 'killBroker', lasts: number): Promise<void> {
    return (this.outages = this.outages.then(() => this.withoutBroker(kind, lasts)));
  }

  private async withoutBroker(kind: 'stopBroker' | 'killBroker', lasts: number): Promise<void> {
    this.count(kind, `the broker is away for ${seconds(lasts)}`);
    await this.fleet.stopBroker(kind === 'stopBroker' ? 'stop' : 'kill');
    await this.wait(lasts);
    await this.fleet.startBroker();
    this.say('the broker is back');
  }

  private async killProducer(lasts: number): Promise<void> {
    const { producer } = this.fleet;
    if (!producer || producer.end || producer.isBusy) return;
    this.count('killProducer', `for ${seconds(lasts)}`);
    await this.fleet.kill(producer);
    await this.wait(lasts);
    await this.fleet.startProducer();
  }

  private async add({ job, lasts }: Fault): Promise<void> {
    const program = await this.fleet.startConsumer(job);
    this.count('addConsumer', `${program.name} for ${seconds(lasts)}`);
    await this.wait(lasts);
    if (!program.end && !program.isBusy) await this.fleet.stop(program);
  }

  private async killConsumer(target: Program, { job, lasts, isReplaced }: Fault): Promise<void> {
    await this.fleet.kill(target);
    this.count('killConsumer', `${target.name}${isReplaced ? ', replaced' : ''} after ${seconds(lasts)}`);
    await this.wait(lasts);
    await this.fleet.startConsumer(job, isReplaced ? undefined : target.name);
  }

  private async remove(target: Program, lasts: number): Promise<void> {
    this.count('removeConsumer', `${target.name}, another one comes after ${seconds(lasts)}`);
    await Promise.all([this.fleet.stop(target), this.wait(lasts)]);
    await this.fleet.startConsumer(target.options.job);
  }

  private async freeze(target: Program, lasts: number): Promise<void> {
    this.count('freezeConsumer', `${target.name} for ${seconds(lasts)}`);
    target.signal('SIGSTOP');
    await this.wait(lasts);
    target.signal('SIGCONT');
    target.isBusy = false;
  }
}

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`;
