/**
 * Candidates for one Lease in simulated time. Each has clocks that run and stand as they like, is frozen at times, and
 * reaches the API server with delays; answers get lost while what was asked is still done, perhaps much later.
 */
import { LeaseTerm } from './lease-term.ts';
import type { FoundLease, Instant, LeaseSpec, LeaseStep } from './lease-term.ts';

export interface CandidatePlan {
  /** Of its clock: 1 is true. */
  readonly rate: number;
  readonly wallOffsetMillis: number;
  readonly startsAt: number;
  /** True time; what comes in meanwhile is found at the end. */
  readonly freezes: readonly { readonly at: number; readonly forMillis: number }[];
  /** Of its requests, in turn: to the server, and back. */
  readonly delays: readonly { readonly thereMillis: number; readonly backMillis: number }[];
}

const REQUEST_TIMEOUT = 5_000;
const RETRY = 2_000;

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

export class LeaseSimulation {
  readonly candidates: Candidate[];
  /** Pairs that led at the same time, for the report of a failure. */
  readonly clashes: string[] = [];
  now = 0;
  private stored: FoundLease | undefined;
  private version = 0;
  private order = 0;
  private happenings: Happening[] = [];

  constructor(plans: readonly CandidatePlan[]) {
    this.candidates = plans.map((plan, index) => new Candidate(this, plan, `candidate-${index}`));
    for (const [index, { startsAt }] of plans.entries()) this.at(startsAt, () => this.candidates[index]!.round());
  }

  at(time: number, act: () => void): void {
    this.happenings.push({ at: Math.max(time, this.now), order: this.order++, act });
  }

  runUntil(end: number): void {
    for (;;) {
      const next = this.happenings.reduce<Happening | undefined>((first, each) => earlier(first, each), undefined);
      if (!next || next.at > end) break;
      this.happenings = this.happenings.filter((each) => each !== next);
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  leaders(): Candidate[] {
    return this.candidates.filter((candidate) => candidate.isLeading());
  }

  /** Leadership begins only when a write is answered, so an overlap of two is seen here. */
  check(): void {
    const leaders = this.leaders();
    if (leaders.length > 1) this.clashes.push(`${this.now}: ${leaders.map(({ name }) => name).join(', ')}`);
  }

  /** What the API server does; undefined: refused. */
  serve(step: LeaseStep): { found: FoundLease | undefined } | undefined {
    if (step.kind === 'read') return { found: this.stored };
    if (step.kind === 'create' ? this.stored : this.stored?.version !== step.version) return undefined;
    return { found: this.store(step.spec) };
  }

  private store(spec: LeaseSpec): FoundLease {
    this.stored = { version: String(++this.version), spec };
    return this.stored;
  }
}

const earlier = (first: Happening | undefined, each: Happening): Happening =>
  first && (first.at < each.at || (first.at === each.at && first.order < each.order)) ? first : each;

export class Candidate {
  readonly name: string;
  private readonly world: LeaseSimulation;
  private readonly plan: CandidatePlan;
  private readonly term: LeaseTerm;
  private requests = 0;

  constructor(world: LeaseSimulation, plan: CandidatePlan, name: string) {
    this.world = world;
    this.plan = plan;
    this.name = name;
    this.term = new LeaseTerm(name);
  }

  isLeading(): boolean {
    return this.term.isLeading(this.clock());
  }

  round(): void {
    const began = this.world.now;
    const again = (): void => this.whenAwake(began + RETRY / this.plan.rate, () => this.round());
    const step = this.term.begin(this.clock());
    if (step.kind !== 'read') return this.write(step, again);
    this.ask(step, (answer) => {
      if (!answer) return this.fail(again);
      const next = this.term.onRead(answer.found, this.clock());
      if (next) this.write(next, again);
      else again();
    });
  }

  private write(step: LeaseStep, again: () => void): void {
    const began = this.clock();
    this.ask(step, (answer) => {
      if (!answer?.found) return this.fail(again);
      this.term.onWritten(answer.found, began);
      this.world.check();
      again();
    });
  }

  private fail(again: () => void): void {
    this.term.onFailed();
    again();
  }

  private ask(step: LeaseStep, then: (answer: { found: FoundLease | undefined } | undefined) => void): void {
    const { delays, rate } = this.plan;
    const { thereMillis, backMillis } = delays[this.requests++ % delays.length]!;
    const sent = this.world.now;
    let isOver = false;
    const settle = (answer: { found: FoundLease | undefined } | undefined): void => {
      if (isOver) return;
      isOver = true;
      then(answer);
    };
    this.whenAwake(sent + REQUEST_TIMEOUT / rate, () => settle(undefined));
    this.world.at(sent + thereMillis, () => {
      const answer = this.world.serve(step);
      this.whenAwake(this.world.now + backMillis, () => settle(answer));
    });
  }

  private clock(): Instant {
    const own = this.world.now * this.plan.rate;
    return { monotonic: own, wall: own + this.plan.wallOffsetMillis };
  }

  private whenAwake(time: number, act: () => void): void {
    const freeze = this.plan.freezes.find(({ at, forMillis }) => at <= time && time < at + forMillis);
    if (freeze) this.whenAwake(freeze.at + freeze.forMillis, act);
    else this.world.at(time, act);
  }
}
