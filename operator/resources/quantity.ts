/**
 * Amounts as the API server writes them. It rounds up to thousandths, drops fractions and takes the largest unit that
 * loses nothing: '1000m' comes back as '1', '0.5' as '500m', '1.5Gi' as '1536Mi'. What is sent in this form compares
 * equal to what comes back.
 */
const QUANTITY = /^([0-9]+)(?:\.([0-9]+))?(m|[kMGTPE]|[KMGTPE]i)?$/;

const DECIMAL_UNITS = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const BINARY_UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const THOUSANDTHS = 1000n;

/** Throws a RangeError on what is no quantity. */
export function canonicalQuantity(quantity: number | string): string {
  const thousandths = inThousandths(quantity);
  return isBinary(quantity, thousandths)
    ? written(thousandths / THOUSANDTHS, 1024n, BINARY_UNITS)
    : written(thousandths, 1000n, DECIMAL_UNITS);
}

/** Small amounts, and those with a fraction of a byte, are written in decimal units. */
function isBinary(quantity: number | string, thousandths: bigint): boolean {
  return String(quantity).endsWith('i') && thousandths >= 1024n * THOUSANDTHS && thousandths % THOUSANDTHS === 0n;
}

function inThousandths(quantity: number | string): bigint {
  const match = QUANTITY.exec(String(quantity));
  if (!match) throw new RangeError(`not a quantity: ${JSON.stringify(quantity)}; write it as 500m, 2 or 256Mi`);
  const [, whole = '', fraction = '', unit = ''] = match;
  const divisor = 10n ** BigInt(fraction.length);
  return (BigInt(whole + fraction) * thousandthsOf(unit) + divisor - 1n) / divisor;
}

function thousandthsOf(unit: string): bigint {
  const decimal = (DECIMAL_UNITS as readonly string[]).indexOf(unit);
  if (decimal >= 0) return 1000n ** BigInt(decimal);
  return THOUSANDTHS * 1024n ** BigInt((BINARY_UNITS as readonly string[]).indexOf(unit));
}

function written(amount: bigint, step: bigint, units: readonly string[]): string {
  if (amount === 0n) return '0';
  let rest = amount;
  let index = 0;
  for (; index < units.length - 1 && rest % step === 0n; index++) rest /= step;
  return `${rest}${units[index]!}`;
}
