/**
 * What a group has committed for the partitions of one topic. An answer of the log is for all partitions, so it is kept
 * for everybody who wants to know of one, until somebody needs a later one.
 */
import type { CommittedPosition, Log } from '../log/log.ts';
import { pauseFor } from '../pause.ts';

/** By partition; those that the group never committed are absent. */
export type Positions = ReadonlyMap<number, CommittedPosition>;

const LOOK_AGAIN_MILLIS = 20;

export class GroupPositions {
  private readonly ask: () => Promise<Positions>;
  private asked: Promise<Positions> | undefined;

  constructor(log: Pick<Log, 'positions'>, group: string, topic: string) {
    this.ask = () => log.positions(group, topic);
  }

  /** What the log said last; it is asked if it has not been yet. */
  last(): Promise<Positions> {
    return this.asked ?? this.anew();
  }

  /** What the log says from now on. */
  anew(): Promise<Positions> {
    return (this.asked = this.ask());
  }

  /** An answer that was asked for later than this one: by somebody else, or now. */
  after(seen: Promise<Positions>): Promise<Positions> {
    return this.asked === undefined || this.asked === seen ? this.anew() : this.asked;
  }

  /** What the log says from now on, once no open transaction may change any of it; undefined: aborted before. */
  async settled(signal: AbortSignal): Promise<Positions | undefined> {
    for (let asked: Promise<Positions> | undefined; !signal.aborted;) {
      asked = asked ? this.after(asked) : this.anew();
      const positions = await asked;
      if (![...positions.values()].some(({ isPending }) => isPending)) return positions;
      await pauseFor(LOOK_AGAIN_MILLIS, signal);
    }
    return undefined;
  }
}
