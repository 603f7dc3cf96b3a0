/** From the manifest's window to its assigner, its lateness, its groups and its result rows. */
import { parseDuration } from '../../../crds/duration.ts';
import type { FieldType } from '../../../crds/field-type.ts';
import type { StreamJobSpec } from '../../../crds/stream-job.ts';
import type { Window } from '../../../crds/window.ts';
import { zoneOf } from '../../formats/time-zone.ts';
import type { Lateness } from '../arrival.ts';
import type { Field } from '../column.ts';
import type { WindowPlan } from '../stage-plan.ts';
import type { WindowAssigner } from '../window/assigner.ts';
import { EpochAssigner, ZonedAssigner } from '../window/assigner.ts';
import { gridLateness, sessionLateness } from '../window/lateness.ts';
import { planAggregate } from './accumulators.ts';
import type { Layout } from './layout.ts';

const WINDOW_BOUND_FORMAT = 'yyyy-MM-dd HH:mm:ss';

/** When records are late, and until when a record's windows take others: all that steps need to know of a window. */
export interface WindowTime {
  readonly assigner: WindowAssigner | undefined;
  readonly gap: number;
  readonly lateness: Lateness;
  /** The end of the last window that holds an instant. */
  readonly lastEnd: (time: number) => number;
}

export function planWindowTime(window: Window, hasOrderedSteps: boolean): WindowTime {
  const allowedLateness = parseDuration(window.allowedLateness);
  if (window.type === 'session') {
    const gap = parseDuration(window.gap!);
    return { assigner: undefined, gap, lateness: sessionLateness(allowedLateness), lastEnd: (time) => time + gap };
  }
  const assigner = gridAssigner(window);
  const lateness = gridLateness(assigner, allowedLateness, hasOrderedSteps);
  return { assigner, gap: 0, lateness, lastEnd: (time) => assigner.end(assigner.last(time)) };
}

function gridAssigner({ size, slide, offset, timezone }: Window): WindowAssigner {
  const sizeMillis = parseDuration(size!);
  const grid = new EpochAssigner(sizeMillis, slide ? parseDuration(slide) : sizeMillis, parseDuration(offset));
  return timezone && timezone !== 'UTC' ? new ZonedAssigner(grid, zoneOf(timezone)) : grid;
}

export interface PlannedWindow {
  readonly plan: WindowPlan;
  /** Every field that the window reads. */
  readonly inputs: readonly Field[];
}

/** The window over rows of `layout`, with the fields that it reads. */
export function planWindow(
  spec: StreamJobSpec,
  { window, time, layout }: { window: Window; time: WindowTime; layout: Layout },
): PlannedWindow {
  const groupBy = window.groupBy.map((name) => layout.get(name));
  const aggregates = Object.entries(window.aggregate).map(([name, aggregate]) => ({
    name,
    ...planAggregate(aggregate, layout),
  }));
  const results: Omit<Field, 'slot'>[] = [
    boundField('window.start', spec),
    boundField('window.end', spec),
    ...groupBy,
    ...aggregates.map(({ name, type, input }) => ({ name, type, ...(input && timeFormat(type, input)) })),
  ];
  const plan: WindowPlan = {
    ...(time.assigner && { assigner: time.assigner }),
    gap: time.gap,
    lateness: time.lateness,
    lastEnd: time.lastEnd,
    groupBy,
    createAccumulators: () => aggregates.map(({ create }) => create()),
    resultFields: results.map((field, slot) => ({ ...field, slot })),
    updates: window.emit === 'updates',
  };
  return { plan, inputs: [...groupBy, ...aggregates.flatMap(({ input }) => input ?? [])] };
}

function boundField(name: string, { schema }: StreamJobSpec): Omit<Field, 'slot'> {
  const timezone = schema.fields.find((field) => field.name === schema.eventTime)?.timezone;
  return { name, type: { kind: 'timestamp' }, format: WINDOW_BOUND_FORMAT, ...(timezone && { timezone }) };
}

/** first, last, min and max of a time print as the field does. */
function timeFormat(type: FieldType, { format, timezone }: Field): Partial<Field> {
  if (type.kind !== 'timestamp' && type.kind !== 'date') return {};
  return { ...(format && { format }), ...(timezone && { timezone }) };
}
