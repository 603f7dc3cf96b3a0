/**
 * A pure UTF-8 check over byte ranges (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF). The scanners
 * call it only for records in which they saw a byte above 127, so plain ASCII never pays for it.
 */

/** True if bytes[start, end) is well-formed UTF-8. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (bytes[at]! < 0x80) at++;
    else {
      const size = sequenceLength(bytes, at, end);
      if (size === 0) return false;
      at += size;
    }
  }
  return true;
}

/** The length of the multi-byte sequence at `at`; 0 if it is not well-formed. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + size > end) return 0;
  const second = bytes[at + 1]!;
  if (second < lowestSecond(lead) || second > highestSecond(lead)) return 0;
  for (let i = at + 2; i < at + size; i++) if ((bytes[i]! & 0xc0) !== 0x80) return 0;
  return size;
}

/** E0 and F0 would otherwise admit overlong forms. */
function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0;
  return lead === 0xf0 ? 0x90 : 0x80;
}

/** ED would otherwise admit surrogates, F4 code points past U+10FFFF. */
function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f;
  return lead === 0xf4 ? 0x8f : 0xbf;
}
