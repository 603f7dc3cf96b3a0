import { describe, expect, test } from '@jest/globals';
import { StreamJobError } from '../errors.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import type { RetryPlan } from './retrying.ts';
import { RetryingSink } from './retrying.ts';
import type { Sink } from './sink.ts';

const batch: SealedBatch = { name: 'a', body: new Uint8Array(1), rows: 1 };
const away = (): StreamJobError => new StreamJobError('SinkUnavailable', 'cannot reach the bucket');

/** A sink whose calls fail with these errors in turn, and then succeed. */
class Flaky implements Sink {
  calls = 0;
  closed = 0;
  readonly errors: Error[];

  constructor(...errors: Error[]) {
    this.errors = errors;
  }

  async open(): Promise<void> {
    return this.write();
  }

  async write(): Promise<void> {
    this.calls++;
    const error = this.errors.shift();
    if (error) throw error;
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

function retrying(inner: Sink, plan: Partial<RetryPlan> = {}): { sink: RetryingSink; slept: number[] } {
  const slept: number[] = [];
  const sleep = async (millis: number, signal?: AbortSignal): Promise<void> => {
    slept.push(millis);
    signal?.throwIfAborted();
  };
  const sink = new RetryingSink(inner, {
    attempts: 5,
    firstDelayMillis: 100,
    maxDelayMillis: 500,
    sleep,
    random: () => 1,
    ...plan,
  });
  return { sink, slept };
}

describe('RetryingSink', () => {
  test.each(['open', 'write'] as const)('%s is tried again after waits that double up to a maximum', async (call) => {
    const inner = new Flaky(away(), away(), away(), away());
    const { sink, slept } = retrying(inner);
    await (call === 'open' ? sink.open() : sink.write(batch));
    expect(inner.calls).toBe(5);
    expect(slept).toEqual([100, 200, 400, 500]);
  });

  test('waits are at least half as long', async () => {
    const { sink, slept } = retrying(new Flaky(away(), away()), { random: () => 0 });
    await sink.write(batch);
    expect(slept).toEqual([50, 100]);
  });

  test('after the last attempt the error says how often', async () => {
    const last = away();
    const { sink } = retrying(new Flaky(away(), away(), last), { attempts: 3 });
    await expect(sink.write(batch)).rejects.toMatchObject({
      code: 'SinkUnavailable',
      message: 'cannot reach the bucket (tried 3 times)',
      cause: last,
    });
  });

  test('with one attempt the error stays as it is', async () => {
    const error = away();
    await expect(retrying(new Flaky(error), { attempts: 1 }).sink.write(batch)).rejects.toBe(error);
  });

  test.each([new StreamJobError('OutputFailed', 'read-only'), new TypeError('a bug')])(
    'is of no use for: %s',
    async (error) => {
      const inner = new Flaky(error);
      await expect(retrying(inner).sink.write(batch)).rejects.toBe(error);
      expect(inner.calls).toBe(1);
    },
  );

  test('a signal ends the wait', async () => {
    const inner = new Flaky(away(), away());
    await expect(retrying(inner).sink.write(batch, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(inner.calls).toBe(1);
  });

  test('each wait is reported before it starts', async () => {
    const reported: unknown[] = [];
    const onRetry: RetryPlan['onRetry'] = ({ message }, attempt, delay) =>
      void reported.push([message, attempt, delay]);
    await retrying(new Flaky(away(), away()), { onRetry }).sink.write(batch);
    expect(reported).toEqual([
      ['cannot reach the bucket', 1, 100],
      ['cannot reach the bucket', 2, 200],
    ]);
  });

  test('close goes to the sink, once', async () => {
    const inner = new Flaky();
    await retrying(inner).sink.close();
    expect(inner.closed).toBe(1);
  });
});
