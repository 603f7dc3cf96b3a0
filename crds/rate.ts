/** Rates of records as in manifests: `0.1/s`, `500/m`, `20/h`. */
import * as z from 'zod';
import { withTwins } from './twin.ts';

const SECONDS = { s: 1, m: 60, h: 3600 } as const;
const RATE = /^([0-9]+(?:\.[0-9]+)?)\/(s|m|h)$/;

/** Records per second. Throws a RangeError on anything that is not a rate. */
export function parseRate(text: string): number {
  const [, count, unit] = RATE.exec(text) ?? [];
  if (count === undefined) throw new RangeError(`not a rate: ${JSON.stringify(text)}`);
  return Number(count) / SECONDS[unit as keyof typeof SECONDS];
}

export const Rate = withTwins(
  z
    .string()
    .max(20)
    .regex(/^[0-9]+(\.[0-9]+)?\/(s|m|h)$/, 'must be a rate such as 0.1/s, 500/m or 20/h'),
  [{ cel: "self.matches('[1-9]')", message: 'must be more than 0', holds: (text) => parseRate(text) > 0, got: String }],
);
