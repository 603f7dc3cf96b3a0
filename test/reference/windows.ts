/** Which windows hold an instant, and which have closed (docs/semantics.md, sections 3 and 5). */
import { parseDuration } from '../../crds/duration.ts';
import type { StreamJob, Window } from '../../crds/stream-job.ts';
import { boundaryOf, offsetAt } from './time.ts';

/** [start, end) */
export type Span = Readonly<{ start: number; end: number }>;

export type Windows = Readonly<{
  /** The windows that hold an instant, in order; a session starts as the span of one record. */
  holding: (instant: number) => Span[];
  /** The closed bound: what ends there or before has closed. */
  closedBy: (watermark: number) => number;
}>;

/** No clock has been set back by more than this since 1900: the boundary is looked for so far around. */
const LONGEST_REPEAT = 3 * 3_600_000;

const millis = (duration: string | undefined): number => parseDuration(duration ?? '0s');

export function windowsOf(window: Window): Windows {
  const lateness = millis(window.allowedLateness);
  return window.type === 'session' ? sessions(millis(window.gap), lateness) : fixed(window, lateness);
}

const sessions = (gap: number, lateness: number): Windows => ({
  holding: (instant) => [{ start: instant, end: instant + gap }],
  closedBy: (watermark) => watermark - lateness,
});

/** A tumbling window slides by its size. */
function fixed({ timezone, ...window }: Window, lateness: number): Windows {
  const [size, slide, offset] = [millis(window.size), millis(window.slide ?? window.size), millis(window.offset)];
  const boundary = (local: number): number => (timezone ? boundaryOf(local, timezone) : local);
  /** Of the local times that are `shift` plus a multiple of slide: the last one that is not after the instant. */
  function lastBoundary(shift: number, instant: number): number {
    const local = timezone ? instant + offsetAt(instant, timezone) : instant;
    const margin = timezone ? LONGEST_REPEAT : 0;
    let [low, high] = [local - margin, local + margin].map((time) => Math.floor((time - shift) / slide)) as [
      number,
      number,
    ];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (boundary(middle * slide + shift) <= instant) low = middle;
      else high = middle - 1;
    }
    return low * slide + shift;
  }
  function holding(instant: number): Span[] {
    const spans: Span[] = [];
    for (let start = lastBoundary(offset, instant); boundary(start + size) > instant; start -= slide) {
      spans.unshift({ start: boundary(start), end: boundary(start + size) });
    }
    return spans;
  }
  const closedBy = (watermark: number): number =>
    watermark === -Infinity ? watermark : boundary(lastBoundary(offset + size, watermark - lateness));
  return { holding, closedBy };
}

export type Lateness = Readonly<{
  delay: number;
  closedBy: Windows['closedBy'];
  isLate: (time: number, closed: number) => boolean;
}>;

/** Section 3. Without a window no record is late. */
export function latenessOf({ steps, window }: StreamJob['spec']): Lateness {
  if (!window) return { delay: 0, closedBy: () => -Infinity, isLate: () => false };
  const { holding, closedBy } = windowsOf(window);
  const isPartly = window.type === 'sliding' && !steps.some((step) => step.deduplicate ?? step.delta);
  const isLate = (time: number, closed: number): boolean =>
    isPartly ? holding(time).every(({ end }) => end <= closed) : time < closed;
  return { delay: parseDuration(window.watermark.delay), closedBy, isLate };
}
