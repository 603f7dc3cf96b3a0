/** Formats that can be read, zones that exist, and instants in their order. */
import { isTimeZone, unreadable } from '../time-format.ts';
import { SINK_NAMES } from '../sink.ts';
import { specRule } from './spec-rule.ts';
import type { Report } from './spec-rule.ts';

function expectZone(zone: string | undefined, path: readonly PropertyKey[], report: Report): void {
  if (zone !== undefined && !isTimeZone(zone))
    report(path, `must be a known time zone such as UTC or America/New_York; got ${JSON.stringify(zone)}`);
}

/** Only here: the API server has no list of zones. */
export const fieldTimes = specRule(['schema'], ({ schema }, report) => {
  schema.fields.forEach(({ type, format, timezone }, index) => {
    expectZone(timezone, ['schema', 'fields', index, 'timezone'], report);
    if (format === undefined || (type !== 'timestamp' && type !== 'date')) return;
    const problem = unreadable(format, type);
    if (problem) report(['schema', 'fields', index, 'format'], `${problem}; got ${format}`);
  });
});

export const windowZone = specRule(['window'], ({ window }, report) =>
  expectZone(window?.timezone, ['window', 'timezone'], report),
);

export const columnZones = specRule(['sink'], ({ sink }, report) => {
  for (const name of SINK_NAMES) {
    for (const [column, { timezone }] of Object.entries(sink[name]?.columnOptions ?? {}))
      expectZone(timezone, ['sink', name, 'columnOptions', column, 'timezone'], report);
  }
});

export const stopAfterStart = specRule(
  ['startFrom', 'stopAt'],
  ({ startFrom, stopAt }, report) => {
    const [start, stop] = [startFrom?.timestamp, stopAt?.timestamp];
    if (start !== undefined && stop !== undefined && Date.parse(stop) <= Date.parse(start))
      report(['stopAt', 'timestamp'], `must be after startFrom.timestamp; got ${stop} and ${start}`);
  },
  [
    {
      rule: '!has(self.startFrom) || !has(self.startFrom.timestamp) || !has(self.stopAt) || !has(self.stopAt.timestamp) || timestamp(self.stopAt.timestamp) > timestamp(self.startFrom.timestamp)',
      message: 'must be after startFrom.timestamp',
      fieldPath: '.stopAt',
    },
  ],
);
