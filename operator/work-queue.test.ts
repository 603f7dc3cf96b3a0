import { describe, expect, it } from '@jest/globals';
import { SYSTEM_TIMERS, WorkQueue } from './work-queue.ts';
import { FakeTimers, start } from './work-queue.test-kit.ts';

describe('WorkQueue', () => {
  it('takes a burst of one key for one', async () => {
    const { queue, began, timers } = start();
    for (let i = 0; i < 100; i++) queue.add('a');
    await timers.advance(10);
    expect(began).toEqual(['a@0']);
  });

  it('works a key off once more when it was added during its pass, however often', async () => {
    const { queue, began, timers } = start({ handle: () => timers.wait(10) });
    queue.add('a');
    await timers.advance(5);
    queue.add('a');
    queue.add('a');
    await timers.advance(100);
    expect(began).toEqual(['a@0', 'a@10']);
  });

  it('is fair: who comes first is first, and who comes again stands behind', async () => {
    const { queue, began, timers } = start({ handle: () => timers.wait(10) });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await timers.advance(5);
    queue.add('a');
    queue.add('b');
    await timers.advance(100);
    expect(began).toEqual(['a@0', 'b@10', 'c@20', 'a@30']);
  });

  it('has as many passes at a time as workers', async () => {
    const { queue, began, timers } = start({ workers: 2, handle: () => timers.wait(10) });
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
    await timers.advance(100);
    expect(began).toEqual(['a@0', 'b@0', 'c@10', 'd@10', 'e@20']);
  });

  it.each<{ title: string; ask: (queue: WorkQueue) => void; want: string[] }>([
    { title: 'when its time has come', ask: (queue) => queue.addAfter('a', 50), want: ['a@50'] },
    {
      title: 'at the sooner of two times, given last',
      ask: (queue) => [70, 30].forEach((millis) => queue.addAfter('a', millis)),
      want: ['a@30'],
    },
    {
      title: 'at the sooner of two times, given first',
      ask: (queue) => [30, 70].forEach((millis) => queue.addAfter('a', millis)),
      want: ['a@30'],
    },
    {
      title: 'at once where it is also added, and then not again',
      ask: (queue) => [queue.addAfter('a', 50), queue.add('a'), queue.addAfter('a', 20)],
      want: ['a@0'],
    },
    { title: 'at once where the time has passed', ask: (queue) => queue.addAfter('a', -5), want: ['a@0'] },
    { title: 'at no time that is too far for a timer', ask: (queue) => queue.addAfter('a', Infinity), want: [] },
  ])('works a key off $title', async ({ ask, want }) => {
    const { queue, began, timers } = start();
    ask(queue);
    await timers.advance(1000);
    expect(began).toEqual(want);
  });

  it('takes a time that is given during a pass', async () => {
    const { queue, began, timers } = start({
      handle: (key, own, clock) => {
        if (clock.now() < 100) own.addAfter(key, 40);
      },
    });
    queue.add('a');
    await timers.advance(1000);
    expect(began).toEqual(['a@0', 'a@40', 'a@80', 'a@120']);
  });

  it('refuses a time that is none', () => {
    expect(() => start().queue.addAfter('a', NaN)).toThrow(RangeError);
  });

  it.each([
    { random: 1, want: [250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000] },
    { random: 0, want: [125, 250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] },
  ])('pauses longer after each failure, at most a minute, spread by chance ($random)', ({ random, want }) => {
    const { queue } = start({ random });
    expect(want.map(() => queue.failed('a'))).toEqual(want);
    expect(queue.failed('b')).toBe(want[0]);
  });

  it('keeps to those pauses however often a key has failed, and forgets them at a success', () => {
    const { queue } = start();
    for (let i = 0; i < 5000; i++) queue.failed('a');
    expect(queue.failed('a')).toBe(60_000);
    queue.succeeded('a');
    expect(queue.failed('a')).toBe(250);
  });

  it('lives on when a handler throws, and tries its key again', async () => {
    let failures = 2;
    const { queue, began, thrown, timers } = start({
      handle: (key) => {
        if (key === 'a' && failures-- > 0) throw new Error('broken');
      },
    });
    queue.add('a');
    queue.add('b');
    await timers.advance(10_000);
    expect(began).toEqual(['a@0', 'b@0', 'a@250', 'a@750']);
    expect(thrown).toEqual(['a: broken, again in 250', 'a: broken, again in 500']);
  });

  it('lets a failed key in at once when something about it changes', async () => {
    const { queue, began, timers } = start({ handle: (key, own) => void own.failed(key) });
    queue.add('a');
    await timers.advance(100);
    queue.add('a');
    await timers.advance(100);
    expect(began).toEqual(['a@0', 'a@100']);
  });

  it('ends when it is told to: passes under way end, no other begins, and no timer is left', async () => {
    const { queue, began, timers, stop } = start({ handle: () => timers.wait(10) });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 20);
    await timers.advance(5);
    await stop();
    expect(began).toEqual(['a@0']);
    expect(queue.state()).toMatchObject({ loop: 'ended', depth: 1, running: 0, oldestWaitingMillis: 0 });
    expect(timers.pending).toBe(0);
  });

  it('ends at once when it was told before, and can be worked on again', async () => {
    const { queue, timers, began, stop } = start();
    await stop();
    const again = queue.run(1, async () => undefined, AbortSignal.abort());
    await timers.advance(1);
    await again;
    void queue.run(1, async (key) => void began.push(key), new AbortController().signal);
    queue.add('z');
    await timers.advance(1);
    expect(began).toEqual(['z']);
  });

  it('is worked on by one loop', async () => {
    const { queue } = start();
    await expect(queue.run(1, async () => undefined, new AbortController().signal)).rejects.toThrow('already');
  });

  it('tells how long keys wait and passes last', async () => {
    const { queue, timers } = start({ handle: () => timers.wait(1000) });
    expect(queue.state()).toEqual({
      loop: 'working',
      depth: 0,
      oldestWaitingMillis: 0,
      running: 0,
      longestRunMillis: 0,
      sinceLastStartMillis: 0,
    });
    queue.add('a');
    await timers.advance(100);
    queue.add('b');
    await timers.advance(100);
    queue.add('c');
    await timers.advance(100);
    expect(queue.state()).toEqual({
      loop: 'working',
      depth: 2,
      oldestWaitingMillis: 200,
      running: 1,
      longestRunMillis: 300,
      sinceLastStartMillis: 300,
    });
  });

  it('counts no time before it is worked on', async () => {
    const timers = new FakeTimers();
    const queue = new WorkQueue({ timers, random: () => 0, onThrow: () => undefined });
    queue.add('a');
    await timers.advance(5000);
    expect(queue.state()).toMatchObject({ loop: 'notStarted', depth: 1, oldestWaitingMillis: 0 });
    void queue.run(0, async () => undefined, new AbortController().signal);
    await timers.advance(70);
    expect(queue.state()).toMatchObject({ loop: 'working', depth: 1, oldestWaitingMillis: 70 });
  });

  it('runs by the clock of the system', async () => {
    const queue = new WorkQueue({ timers: SYSTEM_TIMERS, random: () => 0, onThrow: () => undefined });
    const stop = new AbortController();
    const began: string[] = [];
    queue.addAfter('later', 5);
    queue.add('now');
    queue.addAfter('never', 1e9);
    await queue.run(
      1,
      async (key) => {
        began.push(key);
        if (key === 'later') stop.abort();
      },
      stop.signal,
    );
    expect(began).toEqual(['now', 'later']);
  });
});
