/**
 * Asks the API server every few seconds for next to nothing. A watch that is quiet and a watch whose server is frozen or
 * cut off look alike; this tells them apart, once for all watches, which open anew when the server is back.
 */
import { isApiError } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { pauseFor } from './pause.ts';

export interface HeartbeatSettings {
  readonly everyMillis: number;
  readonly timeoutMillis: number;
  /** Between attempts while there is no answer. */
  readonly retryMillis: number;
}

/** Back within 5 s of the server's return. */
export const HEARTBEAT_SETTINGS: HeartbeatSettings = { everyMillis: 10_000, timeoutMillis: 3_000, retryMillis: 2_000 };

/** Needs neither etcd nor more than the rights that everybody has; any answer is one, a refusal too. */
const PATH = '/version';

export class Heartbeat {
  private readonly client: KubeClient;
  private readonly settings: HeartbeatSettings;
  private readonly listeners = new Set<() => void>();
  private answering = true;

  constructor(client: KubeClient, settings: Partial<HeartbeatSettings> = {}) {
    this.client = client;
    this.settings = { ...HEARTBEAT_SETTINGS, ...settings };
  }

  /** Whether the last question was answered; true before the first one. */
  get isAnswering(): boolean {
    return this.answering;
  }

  /** Called when the server answers again after it did not. The returned function ends that. */
  onReturn(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pauseFor(this.answering ? this.settings.everyMillis : this.settings.retryMillis, signal);
      const before = this.answering;
      this.answering = await this.ask(signal);
      if (this.answering && !before) for (const listener of [...this.listeners]) listener();
    }
  }

  private async ask(signal: AbortSignal): Promise<boolean> {
    try {
      await this.client.request('GET', PATH, { timeoutMillis: this.settings.timeoutMillis, isUrgent: true, signal });
      return true;
    } catch (failure) {
      return isApiError(failure) && (!failure.isSilent || failure.reason === 'Unreadable');
    }
  }
}
