/** Numbers and times as progress and summary print them. */

/** `1,234,567`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Two digits that matter where there are few: `0.1`, `8.4`, `78,910`. */
export function rateText(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '0';
  return perSecond < 10 ? String(Number(perSecond.toPrecision(2))) : countText(perSecond);
}

/** `0.84`, `3.2`, `1,042`. */
export function secondsText(seconds: number): string {
  if (seconds >= 10) return countText(seconds);
  return seconds.toFixed(seconds < 1 ? 2 : 1);
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The largest instant that a Date holds. */
const MAX_MILLIS = 8.64e15;

/** `2023-06-03 04:00:00Z`; undefined for what is no instant, such as a watermark before the first record. */
export function instantText(millis: number): string | undefined {
  if (!(Math.abs(millis) <= MAX_MILLIS)) return undefined;
  return `${new Date(millis).toISOString().slice(0, -5).replace('T', ' ')}Z`;
}
