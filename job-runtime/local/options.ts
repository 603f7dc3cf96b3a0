/** What a local run is given beside the job and its plan. */
import type { Writable } from 'node:stream';

export interface LocalRunOptions {
  /** As fast as possible, whatever rate or speed the producer has. */
  readonly unpaced: boolean;
  /** Where the console sink prints. */
  readonly stdout: Writable;
  /** Wall clock and sleep, so that tests can run time. */
  readonly now: () => number;
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
}
