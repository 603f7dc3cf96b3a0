import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { start } from './work-queue.test-kit.ts';

type Command = { readonly key: string; readonly after: number | undefined } | { readonly advance: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key, after: fc.constant(undefined) }) },
  { weight: 2, arbitrary: fc.record({ key, after: fc.nat(300) }) },
  { weight: 3, arbitrary: fc.record({ advance: fc.nat(120) }) },
);
const behaviour = fc.record({ millis: fc.nat(60), outcome: fc.constantFrom('done', 'done', 'failed', 'thrown') });

describe('WorkQueue under any schedule', () => {
  it('never has two passes of a key at once, leaves no add without a later pass, and makes none of nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { maxLength: 40 }),
        fc.array(behaviour, { maxLength: 20 }),
        fc.integer({ min: 1, max: 3 }),
        async (commands, behaviours, workers) => {
          let sequence = 0;
          let runs = 0;
          let reasons = 0;
          let most = 0;
          const twice: string[] = [];
          const busy = new Set<string>();
          const beganLast = new Map<string, number>();
          const addedLast = new Map<string, number>();
          const { queue, timers } = start({
            workers,
            handle: async (own) => {
              if (busy.has(own)) twice.push(own);
              busy.add(own);
              most = Math.max(most, busy.size);
              beganLast.set(own, ++sequence);
              const { millis, outcome } = behaviours[runs++] ?? { millis: 1, outcome: 'done' };
              if (millis > 0) await timers.wait(millis);
              busy.delete(own);
              if (outcome !== 'done') reasons++;
              if (outcome === 'failed') queue.failed(own);
              if (outcome === 'thrown') throw new Error('broken');
              queue.succeeded(own);
            },
          });
          for (const step of commands) {
            if ('advance' in step) await timers.advance(step.advance);
            else {
              reasons++;
              addedLast.set(step.key, ++sequence);
              if (step.after === undefined) queue.add(step.key);
              else queue.addAfter(step.key, step.after);
            }
          }
          await timers.advance(1e7);
          expect(twice).toEqual([]);
          expect(most).toBeLessThanOrEqual(workers);
          for (const [own, added] of addedLast) expect(beganLast.get(own)).toBeGreaterThan(added);
          expect(runs).toBeLessThanOrEqual(reasons);
          expect(queue.state()).toMatchObject({ depth: 0, running: 0 });
          expect(timers.pending).toBe(0);
        },
      ),
    );
  });
});
