/** A sink that keeps batches by name, takes time and fails now and then, before or after it has taken one. */
import { StreamJobError } from '../../job-runtime/errors.ts';
import type { SealedBatch } from '../../job-runtime/outbox/sealed-batch.ts';
import type { Sink } from '../../job-runtime/sinks/sink.ts';
import type { Network } from './network.ts';

export class MemorySink implements Sink {
  readonly batches: Map<string, string>;
  private readonly network: Network;
  private readonly violations: string[];

  /** `batches`: shared by all processes, as a bucket would be. */
  constructor(network: Network, batches: Map<string, string>, violations: string[]) {
    this.network = network;
    this.batches = batches;
    this.violations = violations;
  }

  async open(): Promise<void> {}

  async write({ name, body }: SealedBatch): Promise<void> {
    const text = new TextDecoder().decode(body);
    try {
      await this.network.ask(() => this.keep(name, text));
    } catch (cause) {
      throw new StreamJobError('SinkUnavailable', 'the sink does not answer', { cause });
    }
  }

  async close(): Promise<void> {}

  private keep(name: string, text: string): void {
    const before = this.batches.get(name);
    if (before !== undefined && before !== text)
      this.violations.push(`batch ${name} was delivered with other content: ${before} and then ${text}`);
    this.batches.set(name, text);
  }
}
