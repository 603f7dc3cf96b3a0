/** Digits in bytes: what the parsers of times and numbers share. Small, so that the compiler inlines them. */

export function isDigit(byte: number): boolean {
  return (byte - 48) >>> 0 <= 9;
}

/** The number that two digits make; −1 unless both bytes are digits. */
export function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/** Digits of a fraction of a second, cut to milliseconds; NaN unless all of them are digits. */
export function fractionMillis(bytes: Uint8Array, at: number, digits: number): number {
  let millis = 0;
  for (let i = 0, unit = 100; i < digits; i++, unit = unit === 1 ? 0 : unit / 10) {
    const digit = bytes[at + i]! - 48;
    if (digit >>> 0 > 9) return NaN;
    millis += digit * unit;
  }
  return millis;
}

/** Whether the bytes from `at` on are those of `word`; that there are enough of them is for the caller to know. */
export function isWord(word: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

const latin1 = new TextDecoder('latin1');

/** The bytes as text, one character each: for slow paths that check it to be ASCII afterwards. */
export function latin1Text(bytes: Uint8Array, start: number, end: number): string {
  return latin1.decode(bytes.subarray(start, end));
}
