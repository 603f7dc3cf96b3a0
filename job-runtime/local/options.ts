/** What the command line changes of a job for one local run. */
import type { Writable } from 'node:stream';

export interface LocalRunOptions {
  /** Partitions of the source topic instead of the manifest's. */
  readonly partitions?: number;
  /** Feeds the topic from this file in place of the producer. */
  readonly input?: string;
  /** As fast as possible, whatever rate or speed the producer has. */
  readonly unpaced: boolean;
  /** Where the console sink prints. */
  readonly stdout: Writable;
  /** Wall clock and sleep, so that tests can run time. */
  readonly now: () => number;
  readonly sleep: (millis: number, signal?: AbortSignal) => Promise<void>;
}
