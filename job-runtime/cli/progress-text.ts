/** The progress line: how far a run is, how fast, and whether something is wrong with the records. */
import type { RunProgress } from '../local/summary.ts';
import { countText, instantText, rateText } from './number-text.ts';

/** One line of at most `width` characters; what matters most comes first. */
export function progressText(progress: RunProgress, perSecond: number, width: number): string {
  const { records, source, rows, late, bad, watermark } = progress;
  const at = instantText(watermark);
  const parts = [
    ...(source.total === undefined ? [] : [`${percent(source.done, source.total)} %`]),
    `${countText(records)} records`,
    `${rateText(perSecond)}/s`,
    `${countText(rows)} rows`,
    ...(late > 0 ? [`${countText(late)} late`] : []),
    ...(bad > 0 ? [`${countText(bad)} bad`] : []),
    ...(at === undefined ? [] : [`watermark ${at}`]),
  ];
  while (parts.length > 1 && parts.join('  ').length > width) parts.pop();
  return parts.join('  ').slice(0, Math.max(0, width));
}

/** 100 only when all is done. */
function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 100;
}

/** Records per second over the last seconds, so that a line shows how fast it goes now. */
export class RateMeter {
  private readonly spanMillis: number;
  private readonly samples: { readonly at: number; readonly records: number }[] = [];

  constructor(startMillis: number, spanMillis = 5000) {
    this.spanMillis = spanMillis;
    this.samples.push({ at: startMillis, records: 0 });
  }

  observe(records: number, at: number): number {
    this.samples.push({ at, records });
    while (this.samples.length > 2 && this.samples[1]!.at <= at - this.spanMillis) this.samples.shift();
    const oldest = this.samples[0]!;
    return at > oldest.at ? ((records - oldest.records) * 1000) / (at - oldest.at) : 0;
  }
}
