/**
 * Says in the log what keeps a process from its work: once for each trouble that lasts, and that it is over. What passes
 * within a second is no news, and an outage changes its words while it begins and ends: other words for a trouble that
 * was told are news only when they stay.
 */
import type { Events, TroubleSource } from '../telemetry/events.ts';

const MOMENT_MILLIS = 1000;
const OTHER_WORDS_MILLIS = 6000;
const LOOK_MILLIS = 250;

export interface TellerOptions {
  readonly events: Pick<Events, 'trouble'>;
  readonly source: TroubleSource;
  /** The trouble of this moment, in one line. */
  readonly look: () => string | undefined;
  readonly now: () => number;
}

export class TroubleTeller {
  private readonly options: TellerOptions;
  private line: string | undefined;
  private since = -Infinity;
  private isTold = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: TellerOptions) {
    this.options = options;
  }

  start(): this {
    this.timer = setInterval(() => this.look(), LOOK_MILLIS).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(): void {
    const { events, source, look, now } = this.options;
    const line = withoutClock(look());
    if (line !== this.line) this.since = now();
    this.line = line;
    const moment = this.isTold && line !== undefined ? OTHER_WORDS_MILLIS : MOMENT_MILLIS;
    if (now() - this.since < moment) return;
    events.trouble(source, line);
    this.isTold = line !== undefined;
  }
}

/** How long it has lasted would make a new line of it each second. */
function withoutClock(line: string | undefined): string | undefined {
  return line?.replace(/ for \d+ s, longer than/, ' for longer than');
}
