/** Draws progress on a terminal: one line, drawn over and over, gone when the run is done. */
import type { RunProgress } from '../local/summary.ts';
import { RateMeter, progressText } from './progress-text.ts';
import type { Screen } from './world.ts';

const FIRST_AFTER_MILLIS = 500;
const EVERY_MILLIS = 200;
const ERASE_LINE = '\r\u001B[K';

export interface ProgressOptions {
  readonly screen: Screen;
  readonly elapsed: () => number;
  readonly progress: () => RunProgress;
}

export class ProgressLine {
  private readonly options: ProgressOptions;
  private readonly meter: RateMeter;
  private readonly firstAt: number;
  private readonly timer: NodeJS.Timeout;
  private isDrawn = false;

  constructor(options: ProgressOptions) {
    this.options = options;
    const start = options.elapsed();
    this.meter = new RateMeter(start);
    this.firstAt = start + FIRST_AFTER_MILLIS;
    this.timer = setInterval(() => this.draw(), EVERY_MILLIS);
    // The run keeps the process alive, not its display.
    this.timer.unref();
  }

  /** Short runs show nothing. */
  draw(): void {
    const { screen, elapsed, progress } = this.options;
    const now = elapsed();
    if (now < this.firstAt) return;
    const current = progress();
    // The last column stays free: some terminals wrap there.
    const text = progressText(current, this.meter.observe(current.records, now), screen.width() - 1);
    screen.stream.write(`${ERASE_LINE}${text}`);
    this.isDrawn = true;
  }

  /** Makes room for other text; the next drawing comes below it. */
  erase(): void {
    if (!this.isDrawn) return;
    this.options.screen.stream.write(ERASE_LINE);
    this.isDrawn = false;
  }

  end(): void {
    clearInterval(this.timer);
    this.erase();
  }
}
