/** One consumer process of a simulation: the real Consumer over this process's view of the simulated servers. */
import type { JobIdentity } from '../../crds/identity.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { Consumer } from '../../job-runtime/consumer/consumer.ts';
import type { ConsumerContext } from '../../job-runtime/consumer/consumer-context.ts';
import type { ConsumerObserver } from '../../job-runtime/consumer/observer.ts';
import type { JobPlan } from '../../job-runtime/engine/stage-plan.ts';
import { composeConsumer } from '../../job-runtime/pod/compose.ts';
import type { Delivery } from '../../job-runtime/sinks/registry.ts';
import type { GroupCoordinator } from './group-coordinator.ts';
import { SimLog } from './sim-log.ts';
import { SimMembership } from './sim-membership.ts';
import type { SimServers } from './sim-transaction.ts';
import { Actor } from './virtual-time.ts';

export const IDENTITY: JobIdentity = { namespace: 'default', name: 'reference', uid: 'uid', run: 'r1' };
export const SESSION_TIMEOUT_MILLIS = 600;
export const REBALANCE_TIMEOUT_MILLIS = 1500;

/** What all processes of a simulation have in common. */
export interface SimJob {
  readonly job: StreamJob;
  readonly plan: JobPlan;
  readonly createDelivery: () => Delivery;
  readonly endsWithProducer: boolean;
  readonly endWhenDone: boolean;
  readonly commitIntervalMillis: number;
  readonly fetchBytes: number;
  readonly servers: SimServers;
  readonly coordinator: GroupCoordinator;
  /** Says what happens, for whoever looks into a failure. */
  readonly say: (line: string) => void;
}

export class SimProcess {
  readonly actor: Actor;
  /** `run` has returned. */
  hasEnded = false;
  /** It has come to the end of all tasks that it was given, or was given none. */
  isDone = false;
  private readonly stopping = new AbortController();
  private readonly world: SimJob;

  constructor(name: string, world: SimJob) {
    this.actor = new Actor(name);
    this.world = world;
  }

  get isAlive(): boolean {
    return !this.actor.isDead && !this.hasEnded;
  }

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  start(): void {
    const { time } = this.world.servers.network;
    time.as(this.actor, () => void this.run());
  }

  /** As SIGTERM. */
  stop(): void {
    const { time } = this.world.servers.network;
    time.as(this.actor, () => time.after(0, () => this.stopping.abort()));
  }

  kill(): void {
    this.actor.kill();
  }

  private async run(): Promise<void> {
    const { coordinator, servers, say } = this.world;
    const { name } = this.actor;
    const consumer = new Consumer(
      this.context(),
      (options) => new SimMembership(coordinator, servers.network, options),
    );
    try {
      await consumer.run(this.stopping.signal);
      say(`${name} has ended`);
    } catch (error) {
      servers.broker.violations.push(`process ${name} ended with ${String(error)}`);
    }
    this.hasEnded = true;
  }

  private context(): ConsumerContext {
    const { servers, fetchBytes, createDelivery, ...world } = this.world;
    const { network } = servers;
    const context = composeConsumer({
      ...world,
      identity: IDENTITY,
      log: new SimLog(servers, fetchBytes),
      instance: this.actor.name,
      delivery: createDelivery(),
      observer: this.observer(),
      sessionTimeoutMillis: SESSION_TIMEOUT_MILLIS,
      stateLimitBytes: Infinity,
      now: () => network.time.now,
    });
    return {
      ...context,
      rebalanceTimeoutMillis: REBALANCE_TIMEOUT_MILLIS,
      changelog: { slackBytes: 50, purgeBytes: 200 },
      random: () => network.dice.next(),
    };
  }

  private observer(): ConsumerObserver {
    const { servers, say } = this.world;
    const tell = (what: string): void => say(`${this.actor.name} ${what}`);
    return {
      assigned: (tasks, _isReady, generation) => {
        this.isDone = tasks.length === 0;
        tell(`gets ${tasks.map(({ name }) => name).join(' ')} in ${generation}`);
      },
      restored: ({ name, task }) => tell(`has restored ${name} at ${task.position}`),
      committed: ({ work }) => tell(`has committed ${work.map(({ running }) => running.name).join(' ')}`),
      failed: (error) => tell(`failed: ${error.message}`),
      delivered: () => undefined,
      trouble: (trouble) => void (trouble && tell(`has trouble: ${trouble.message}`)),
      lost: ({ message }) => void servers.broker.violations.push(`lost: ${message}`),
      differs: (line) => tell(`differs: ${line}`),
      done: () => {
        this.isDone = true;
        tell('is done');
      },
      round: () => undefined,
      unassigned: () => tell('has no tasks any more'),
    };
  }
}
