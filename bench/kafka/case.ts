/** What each case of the benchmark on Kafka is given. */
import type { BenchBroker } from './broker.ts';

export interface CaseContext {
  /** Fresh for each case. */
  readonly broker: BenchBroker;
  /** Records of the larger run of a workload, in millions; above 1, one of 1 million goes before it. */
  readonly millions: number;
  /** How long what is steady is watched. */
  readonly watchMillis: number;
  /** Rows of tables, for docs/benchmarks.md. */
  readonly write: (text: string) => void;
  /** What happens, a line each, for whoever waits. */
  readonly note: (line: string) => void;
}

export type BenchCase = Readonly<{ title: string; run: (context: CaseContext) => Promise<void> }>;
