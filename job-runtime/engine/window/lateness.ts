/** The closed bound of each window type, and what is late by it (docs/semantics.md §3). */
import type { Lateness } from '../arrival.ts';
import type { WindowAssigner } from './assigner.ts';

/** `strict`: late as soon as one window that holds the record has closed; else once all have. */
export function gridLateness(assigner: WindowAssigner, allowedLateness: number, strict: boolean): Lateness {
  return {
    closedBound: (watermark) => assigner.end(assigner.lastEndedBy(watermark - allowedLateness)),
    lastClosed: (bound) => assigner.lastEndedBy(bound),
    lateBefore: (bound) => (strict ? bound : assigner.start(assigner.lastEndedBy(bound) + 1)),
    nextChange: (bound) =>
      Number.isFinite(bound) ? assigner.end(assigner.lastEndedBy(bound) + 1) + allowedLateness : bound,
  };
}

export function sessionLateness(allowedLateness: number): Lateness {
  return {
    closedBound: (watermark) => watermark - allowedLateness,
    lastClosed: () => -Infinity,
    lateBefore: (bound) => bound,
    nextChange: () => -Infinity,
  };
}
