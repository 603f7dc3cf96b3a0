/** Durations as people write them in manifests: `500ms`, `30s`, `5m`, `1h30m`. Go's notation, so that CEL's duration() reads them too. */
import * as z from 'zod';
import { withTwins } from './twin.ts';

const MILLIS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
export const DURATION = /^([0-9]+(ms|s|m|h))+$/;
/** Ten years: far from where CEL's nanoseconds overflow. */
const LONGEST_MILLIS = 87_600 * MILLIS.h;

/** Milliseconds of a duration. Throws a RangeError on anything else: a parsed manifest holds only valid ones. */
export function parseDuration(text: string): number {
  if (!DURATION.test(text)) throw new RangeError(`not a duration: ${JSON.stringify(text)}`);
  let millis = 0;
  for (const [, count, unit] of text.matchAll(/([0-9]+)(ms|s|m|h)/g))
    millis += Number(count) * MILLIS[unit as keyof typeof MILLIS];
  return millis;
}

/** `0s` or longer. */
export const Duration = withTwins(
  z.string().max(20).regex(DURATION, 'must be a duration such as 30s, 5m or 1h30m (units ms, s, m, h)'),
  [
    {
      cel: "duration(self) <= duration('87600h')",
      message: 'must be at most 87600h',
      holds: (text) => parseDuration(text) <= LONGEST_MILLIS,
      got: String,
    },
  ],
);

/** Longer than `0s`. */
export const PositiveDuration = withTwins(Duration, [
  {
    cel: "duration(self) > duration('0s')",
    message: 'must be longer than 0s',
    holds: (text) => parseDuration(text) > 0,
    got: String,
  },
]);
