/** Lets one wait until another says that something has changed. Who waits looks for itself what it was. */
export class Signal {
  private readonly waiting = new Set<() => void>();

  /** Wakes all who wait now. */
  raise(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves at the next `raise`, or after `millis` where that is given. Leaves no timer behind. */
  wait(millis?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = millis === undefined ? undefined : setTimeout(wake, millis);
      this.waiting.add(wake);
    });
  }
}
