/** Short texts that stand for long ones. Two that are equal mean that what they stand for is equal, for all practice. */
import { createHash } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 in base 36 never needs more. */
const BASE_36_DIGITS = 50;

/** The first `digits` hexadecimal digits, at most 64. */
export const hexHash = (text: string, digits: number): string => sha256(text).slice(0, digits);

/** The last `digits` base-36 digits, at most 49: the first of the 50 says little. */
export function base36Hash(text: string, digits: number): string {
  return BigInt(`0x${sha256(text)}`)
    .toString(36)
    .padStart(BASE_36_DIGITS, '0')
    .slice(-digits);
}

/** JSON in which members are sorted by name, so that equal values have equal texts. Undefined members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (isPlainObject(member) ? sorted(member) : member));
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without a prototype a member called __proto__ is one like the others. */
function sorted(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(members).sort()) copy[name] = members[name];
  return copy;
}
