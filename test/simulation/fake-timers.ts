/** Stands in for node:timers/promises in a simulation: the same functions over the time of the run that is under way. */
import type { VirtualTime } from './virtual-time.ts';

let time: VirtualTime | undefined;

/** From now on timers go by `of`. One simulation at a time. */
export function useTime(of: VirtualTime): void {
  time = of;
}

interface TimerOptions {
  readonly signal?: AbortSignal | undefined;
}

export const fakeTimers = {
  setTimeout: <T>(millis: number, value?: T, { signal }: TimerOptions = {}): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        takeBack();
        reject(aborted(signal!));
      };
      const takeBack = time!.after(millis, () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    }),
  setImmediate: (): Promise<void> => time!.sleep(0),
};

/** As Node makes it. */
function aborted({ reason }: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: reason }), { name: 'AbortError' });
}
