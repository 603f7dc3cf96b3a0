/** Waits that end when a signal says so. What was waited for goes on alone, and its failure is nobody's any more. */

/** Rejects with the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(waitedFor: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([waitedFor, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after `millis` at the latest, whatever became of it. */
export async function atMost(millis: number, waitedFor: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, millis)));
  await Promise.race([waitedFor.catch(() => undefined), over]);
  clearTimeout(timer);
}

export async function pause(millis: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await unlessAborted(new Promise<void>((resolve) => (timer = setTimeout(resolve, millis))), signal);
  } finally {
    clearTimeout(timer);
  }
}
