/** De-duplication whose memory is a log of changes, beside one that is never restored. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Row } from '../../../test/builders/deduplicate.ts';
import { KEY, inWindow, passing } from '../../../test/builders/deduplicate.ts';
import { StateLog, stateOfPart } from '../../../test/builders/task-state.ts';
import { DeduplicateWithin } from './deduplicate.ts';
import type { StatefulOperator } from './operator.ts';

describe('Deduplicate from its log', () => {
  //  20 closes 9…31 for an equal row; 3 then passes and closes −8…14 instead, which is long past
  test('a key whose life was cut short is not as alive as an older entry says', () => {
    const subject = new DeduplicateWithin([KEY], 10);
    const log = new StateLog();
    passing(subject, [[20, 'a']]);
    log.commit(stateOfPart(subject));
    expect(passing(subject, [[3, 'a']], 20)).toEqual([3]);
    subject.advance(20);
    log.commit(stateOfPart(subject));
    const restored = new DeduplicateWithin([KEY], 10);
    log.restore(stateOfPart(restored));
    expect([passing(restored, [[22, 'a']], 20), passing(subject, [[22, 'a']], 20)]).toEqual([[22], [22]]);
  });

  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ time: fc.nat(30), key: fc.constantFrom('a', 'b', 'c') }) },
    { weight: 2, arbitrary: fc.record({ advance: fc.nat(12) }) },
    { weight: 3, arbitrary: fc.record({ dropped: fc.nat(6), earlier: fc.option(fc.nat(6)) }) },
  );

  test.each([
    { what: 'in windows', create: () => inWindow(KEY), back: 0 },
    { what: 'without a window', create: () => new DeduplicateWithin([KEY], 10), back: 30 },
  ])('agrees with one that is never restored, $what', ({ create, back }) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(step, { maxLength: 80 }), (chunkBytes, steps) => {
        const whole: StatefulOperator = create();
        let subject: StatefulOperator = create();
        const log = new StateLog(chunkBytes);
        let reached = 0;
        const found: number[][] = [];
        const expected: number[][] = [];
        for (const next of steps) {
          if ('advance' in next) {
            reached += next.advance;
            for (const each of [whole, subject]) each.advance(reached);
          } else if ('dropped' in next) {
            log.commit(stateOfPart(subject), next.dropped);
            if (next.earlier === null) continue;
            subject = create();
            log.restore(stateOfPart(subject), next.earlier);
          } else {
            const rows: Row[] = [[reached + next.time - back, next.key]];
            found.push(passing(subject, rows, reached));
            expected.push(passing(whole, rows, reached));
            if (back > 0) reached = Math.max(reached, reached + next.time - back);
          }
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
