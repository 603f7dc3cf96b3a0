import { expect, test } from '@jest/globals';
import { StreamJobError } from '../errors.ts';
import type { SealedBatch } from '../outbox/sealed-batch.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { Deliverer } from './deliverer.ts';
import type { RunningTask } from './running-task.ts';

const batch = (name: string): SealedBatch => ({ name, body: new Uint8Array(0), rows: 1 });
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A sink whose writes end when the test says so, and a task whose outbox notes what was delivered. */
function scene() {
  const writes: { readonly name: string; readonly end: (failure?: Error) => void }[] = [];
  const write = ({ name }: SealedBatch): Promise<void> =>
    new Promise((resolve, reject) => {
      writes.push({ name, end: (failure) => (failure ? reject(failure) : resolve()) });
    });
  const noted: number[] = [];
  const outbox = { take: () => [batch('taken')], delivered: (count: number) => void noted.push(count) };
  const task = { target: { outbox }, touch: () => undefined } as unknown as RunningTask;
  const context = {
    delivery: { kind: 'outbox', sink: { write } },
    observer: { delivered: () => undefined },
    now: () => 0,
  };
  const names = (): string[] => writes.map(({ name }) => name);
  return { writes, names, noted, task, deliverer: new Deliverer(context as unknown as ConsumerContext) };
}

test('what is sealed is taken from the outboxes', () => {
  const { deliverer, task } = scene();
  const without = { target: { outbox: undefined } } as unknown as RunningTask;
  expect(deliverer.sealed([without, task])).toEqual([{ running: task, batches: [batch('taken')] }]);
});

test('batches of a task are written one after the other, and acknowledged once', async () => {
  const { deliverer, task, writes, names, noted } = scene();
  deliverer.deliver([{ running: task, batches: [batch('a'), batch('b')] }]);
  expect(names()).toEqual(['a']);
  writes[0]!.end();
  await settled();
  expect(names()).toEqual(['a', 'b']);
  deliverer.acknowledge();
  deliverer.acknowledge();
  expect(noted).toEqual([1]);
  writes[1]!.end();
  await deliverer.drain();
  expect(noted).toEqual([1, 1]);
});

test('a task whose batches pile up is held up', () => {
  const { deliverer, task } = scene();
  expect(deliverer.isHeldUp(task)).toBe(false);
  deliverer.deliver([{ running: task, batches: Array.from({ length: 16 }, (_, i) => batch(`${i}`)) }]);
  expect(deliverer.isHeldUp(task)).toBe(true);
});

test('a sink that fails is told, and nothing is acknowledged', async () => {
  const { deliverer, task, writes, noted } = scene();
  const failure = new StreamJobError('OutputFailed', 'full');
  deliverer.deliver([{ running: task, batches: [batch('a')] }]);
  writes[0]!.end(failure);
  await expect(deliverer.drain()).rejects.toThrow(failure);
  expect(noted).toEqual([]);
});

test.each([undefined, new StreamJobError('OutputFailed', 'full')])(
  'what ends after the tasks were dropped is nobody’s any more: %s',
  async (failure) => {
    const { deliverer, task, writes, names, noted } = scene();
    deliverer.deliver([{ running: task, batches: [batch('a'), batch('b')] }]);
    deliverer.drop();
    writes[0]!.end(failure);
    await settled();
    deliverer.acknowledge();
    expect(() => deliverer.expectHealthy()).not.toThrow();
    expect({ names: names(), noted }).toEqual({ names: ['a'], noted: [] });
  },
);
