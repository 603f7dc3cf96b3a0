/** Cells worth trying: where doubles stop being exact, where 64 bits end, and text that is more than its UTF-16 units. */

// prettier-ignore
export const LONGS = [0n, 1n, -1n, 2n, 7n, 60n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n];
// prettier-ignore
export const TEXTS = ['', 'a', 'A', 'ab', 'abc', 'bc', '12', '-7', '1.5', 'é', 'É', '😀', 'x😀y', '\ufb01', '\ufeffa', 'true', '2024-01-31T08:00:00Z', '9223372036854775808'];

/** What each type of the test's fields has for a null, by field. */
export const ZEROS = {
  ...{ i: 0, l: 0n, n: 0n, f: 0, g: 0, b: false, c: false, s: '', u: '', y: new Uint8Array(0) },
  ...{ t: 0, w: 0, d: 0, m: 0n, tags: '[]', names: '{}' },
};
