/**
 * The way from a process to the broker: requests take time, and some fail, before they arrive or after. How often is
 * drawn with the scenario; from a point on everything works.
 */
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { Dice } from './dice.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Chances in [0, 1]. */
export interface FaultRates {
  /** A request is answered with trouble. */
  readonly request: number;
  /** A commit fails, in one of the ways of CommitFault. */
  readonly commit: number;
  /** Records are not deleted. */
  readonly deletion: number;
  /** A request takes long. */
  readonly slow: number;
}

export const NO_FAULTS: FaultRates = { request: 0, commit: 0, deletion: 0, slow: 0 };

const COMMIT_FAULTS = [
  /** Nothing has happened. */
  'refused',
  /** Written in part or whole, and left open. */
  'cut off',
  /** It has taken place, and nobody knows. */
  'unknown',
  /** The same, but it takes place only a little after the failure. */
  'late',
  /** It hangs for a while, and then succeeds unless somebody has ended it. */
  'hanging',
  /** The process is frozen in the middle of it, long enough to be put out of its group, and then goes on. */
  'frozen',
  /** The process dies in the middle of it. */
  'killed',
] as const;
export type CommitFault = (typeof COMMIT_FAULTS)[number];

const unreachable = (): never => {
  throw new Error('an answer that was lost');
};

const USUAL_MILLIS = 4;
const SLOW_MILLIS = 400;

export class Network {
  rates: FaultRates;
  /** Freezes or kills the process that is at work. */
  strike: (how: 'frozen' | 'killed') => void = () => undefined;
  readonly time: VirtualTime;
  readonly dice: Dice;

  constructor(time: VirtualTime, dice: Dice, rates: FaultRates) {
    this.time = time;
    this.dice = dice;
    this.rates = rates;
  }

  /** Does `work` at the broker and brings what it gives; throws LogUnavailable now and then, before or after it. */
  async ask<T>(work: () => T | Promise<T>): Promise<T> {
    await this.time.pass(this.delay());
    const fails = this.dice.isHit(this.rates.request);
    if (fails && this.dice.isHit(0.5)) return this.answer<T>(fails, unreachable);
    const outcome = await Promise.resolve()
      .then(work)
      .then(
        (value) => () => value,
        (error: unknown) => () => {
          throw error;
        },
      );
    return this.answer(fails, outcome);
  }

  /** A request that is tried again until it comes through, as those of a transaction are. */
  async send<T>(work: () => T): Promise<T> {
    await this.time.pass(this.delay());
    try {
      return work();
    } finally {
      await this.time.sleep(this.delay());
    }
  }

  /** A request that the broker answers when it likes. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    await this.time.pass(this.delay());
    const answer = await work();
    await this.time.sleep(this.delay());
    return answer;
  }

  commitFault(): CommitFault | undefined {
    return this.dice.isHit(this.rates.commit) ? this.dice.pick(COMMIT_FAULTS) : undefined;
  }

  isDeletionLost(): boolean {
    return this.dice.isHit(this.rates.deletion);
  }

  private delay(): number {
    return this.dice.below(this.dice.isHit(this.rates.slow) ? SLOW_MILLIS : USUAL_MILLIS);
  }

  private async answer<T>(isLost: boolean, outcome: () => T): Promise<T> {
    await this.time.sleep(this.delay());
    if (isLost) throw new StreamJobError('LogUnavailable', 'the broker does not answer');
    return outcome();
  }
}
