/**
 * Something that is asked of the log now and then beside the work, one at a time. While the log cannot be reached it has
 * no answer, and is asked again later; what trying again cannot mend is thrown where the work goes on.
 */
import { isStreamJobError } from '../errors.ts';

export class Background {
  private isBusy = false;
  private failure: unknown;

  /** Begins unless the one before is still under way. */
  run(ask: () => Promise<void>): void {
    if (this.isBusy) return;
    this.isBusy = true;
    ask()
      .catch((error: unknown) => {
        if (!isStreamJobError(error) || !error.retryable) this.failure ??= error;
      })
      .finally(() => {
        this.isBusy = false;
      });
  }

  expectHealthy(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
