/** Keeps the status of one pod on the API server up to what was last shown; one write at a time. */
import type { KubeletApi } from './api.ts';
import { statusOf } from './status.ts';
import type { Condition, PodView } from './status.ts';

export class StatusReport {
  readonly #api: KubeletApi;
  #conditions: readonly Condition[] = [];
  #next: PodView | undefined;
  #writing: Promise<void> | undefined;

  constructor(api: KubeletApi) {
    this.#api = api;
  }

  /** Views shown while a write is under way become one write of the last of them. */
  show(view: PodView): void {
    this.#next = view;
    this.#writing ??= this.#write();
    // It rejects only when the kubelet closes, which `settled` tells.
    this.#writing.catch(() => undefined);
  }

  /** When everything shown is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#next) {
        const view = this.#next;
        this.#next = undefined;
        const status = statusOf(view, this.#conditions, new Date().toISOString());
        this.#conditions = status.conditions;
        await this.#api.patchStatus(view.pod, status);
      }
    } finally {
      // At once, not a turn later: what is shown in between would wait for ever.
      this.#writing = undefined;
    }
  }
}
