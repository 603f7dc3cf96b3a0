import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity } from './quantity.ts';

describe('an amount as the API server writes it', () => {
  test.each([
    ['1000m', '1'],
    ['1', '1'],
    [2, '2'],
    [0, '0'],
    ['0Gi', '0'],
    [0.5, '500m'],
    ['0.5', '500m'],
    ['1.50', '1500m'],
    ['1500', '1500'],
    ['1000', '1k'],
    ['1000k', '1M'],
    ['0.001', '1m'],
    ['0.0001', '1m'],
    ['0.5m', '1m'],
    ['1.5Gi', '1536Mi'],
    ['1024Ki', '1Mi'],
    ['1000Ki', '1000Ki'],
    ['0.5Ki', '512'],
    ['1.0001Ki', '1024103m'],
    ['256Mi', '256Mi'],
    ['268435456', '268435456'],
    ['1048576Ti', '1Ei'],
    ['007', '7'],
  ])('of %p is %p', (given, want) => {
    expect(canonicalQuantity(given)).toBe(want);
  });

  it.each(['', '1 Gi', '-1', '1e3', 'Mi', '1.', '1Kim'])('there is none of %p', (text) => {
    expect(() => canonicalQuantity(text)).toThrow(RangeError);
  });
});

const quantity = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 10n ** 12n }),
    fc.option(fc.stringMatching(/^[0-9]{1,6}$/), { nil: undefined }),
    fc.constantFrom('', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti'),
  )
  .map(([whole, fraction, unit]) => `${whole}${fraction === undefined ? '' : `.${fraction}`}${unit}`);

/** In thousandths, by other means than the subject's: step by step, and rounded up at the end. */
function thousandths(text: string): bigint {
  const [, number = '', unit = ''] = /^([0-9.]+)(.*)$/.exec(text)!;
  const [whole = '', fraction = ''] = number.split('.');
  const billionths = BigInt(whole + fraction.padEnd(9, '0')) * factor(unit);
  return (billionths + 999_999_999n) / 1_000_000_000n;
}

function factor(unit: string): bigint {
  if (unit === 'm') return 1n;
  const step = unit.endsWith('i') ? 1024n : 1000n;
  const rank = BigInt(['', 'K', 'M', 'G', 'T', 'P', 'E'].indexOf(unit.slice(0, 1).toUpperCase()));
  return 1000n * step ** rank;
}

describe('any amount', () => {
  it('keeps its value, up to thousandths', () => {
    fc.assert(fc.property(quantity, (text) => expect(thousandths(canonicalQuantity(text))).toBe(thousandths(text))));
  });

  it('written once is written for good', () => {
    fc.assert(
      fc.property(quantity, (text) => {
        const once = canonicalQuantity(text);
        expect(canonicalQuantity(once)).toBe(once);
      }),
    );
  });

  it('has neither a fraction nor a unit that could be larger', () => {
    fc.assert(
      fc.property(quantity, (text) => {
        const once = canonicalQuantity(text);
        expect(once).toMatch(/^(0|[1-9][0-9]*([mkMGTPE]|[KMGTPE]i)?)$/);
        expect(once).not.toMatch(/000(m|k|M|G|T|P)?$/);
      }),
    );
  });
});
