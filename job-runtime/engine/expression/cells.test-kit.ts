/** Cells worth trying: where doubles stop being exact, where 64 bits end, and text that is more than its UTF-16 units. */

// prettier-ignore
export const LONGS = [0n, 1n, -1n, 2n, 7n, 60n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n];
// prettier-ignore
export const TEXTS = ['', 'a', 'A', 'ab', 'abc', 'bc', '12', '-7', '1.5', 'é', 'É', '😀', 'x😀y', '\ufb01', '\ufeffa', 'true', '2024-01-31T08:00:00Z', '9223372036854775808'];
