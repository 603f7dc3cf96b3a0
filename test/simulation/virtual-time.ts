/**
 * Time that passes only when nothing else can happen: a run of minutes takes as long as its events take to work off, and
 * the same run always goes the same way. Every timer belongs to the process that set it, so that one process of the
 * simulation can be frozen, or die, while the others go on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { BinaryHeap } from '../../job-runtime/engine/binary-heap.ts';

/** One simulated process: whose timers these are. */
export class Actor {
  readonly name: string;
  isDead = false;
  private isFrozen = false;
  private held: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Nothing that it waits for comes until it is thawed. */
  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
    const { held } = this;
    this.held = [];
    for (const go of held) this.deliver(go);
  }

  /** As SIGKILL: nothing of it ever happens again. */
  kill(): void {
    this.isDead = true;
    this.held = [];
  }

  deliver(go: () => void): void {
    if (this.isDead) return;
    if (this.isFrozen) this.held.push(go);
    else go();
  }
}

interface Timer {
  readonly actor: Actor | undefined;
  readonly go: () => void;
}

const current = new AsyncLocalStorage<Actor | undefined>();

export class VirtualTime {
  now: number;
  /** Timers that have gone off. */
  events = 0;
  private readonly queue = new BinaryHeap();
  private readonly timers = new Map<number, Timer>();
  private names = 0;

  /** `now`: where time begins, milliseconds since the epoch. */
  constructor(now: number) {
    this.now = now;
  }

  /** Everything that `work` sets going belongs to `actor`; undefined: to nobody, so that nothing holds it up. */
  as<T>(actor: Actor | undefined, work: () => T): T {
    return current.run(actor, work);
  }

  /** Who is at work. */
  get actor(): Actor | undefined {
    return current.getStore();
  }

  /** Gives a function that takes the timer back. */
  after(millis: number, go: () => void, actor: Actor | undefined = current.getStore()): () => void {
    const name = this.names++;
    this.timers.set(name, { actor, go });
    this.queue.push(this.now + Math.max(0, millis), name);
    return () => this.timers.delete(name);
  }

  sleep(millis: number): Promise<void> {
    return new Promise((resolve) => void this.after(millis, resolve));
  }

  /** Sleeps whatever becomes of the process that waits: what is on the way in the network. */
  async pass(millis: number): Promise<void> {
    await this.as(undefined, () => this.sleep(millis));
  }

  /** Lets time pass until `isOver`. Gives false where nothing is to come any more, or after `mostMillis`. */
  async run(isOver: () => boolean, mostMillis: number): Promise<boolean> {
    const limit = this.now + mostMillis;
    for (;;) {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      if (isOver()) return true;
      if (this.queue.size === 0 || this.queue.next > limit) return false;
      this.next();
    }
  }

  private next(): void {
    const at = this.queue.next;
    const name = this.queue.pop();
    const timer = this.timers.get(name);
    if (!timer) return;
    this.timers.delete(name);
    this.now = Math.max(this.now, at);
    this.events++;
    if (timer.actor) timer.actor.deliver(timer.go);
    else timer.go();
  }
}
