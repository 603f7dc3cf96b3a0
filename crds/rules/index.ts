/** Every rule over several parts of a spec, in the order in which their problems are told. */
import { sinkColumns } from './columns.ts';
import { producerKey, stepNames, windowNames } from './names.ts';
import type { SpecRule } from './spec-rule.ts';
import { columnZones, fieldTimes, stopAfterStart, windowZone } from './times.ts';
import { replayNeedsEventTime, sinkTopics } from './topics.ts';
import { aggregateTypes, deltaTypes } from './types.ts';
import { deltaNeedsWindow, updatesNeedKeyedSink, windowNeedsEventTime, withinWithoutWindow } from './windows.ts';

export const SPEC_RULES: readonly SpecRule[] = [
  fieldTimes, // formats can be read, zones exist
  producerKey, // the key is made of fields of the schema, as schema.key says
  replayNeedsEventTime, // a file sorted or paced by event time has one
  stepNames, // steps name fields that are there
  deltaTypes, // a change is one of numbers
  windowNeedsEventTime,
  windowZone,
  withinWithoutWindow, // duplicates are bounded by the window, or by within
  deltaNeedsWindow,
  windowNames, // groups and aggregates name fields that are there
  aggregateTypes, // sums are of numbers, and so on
  updatesNeedKeyedSink,
  sinkColumns, // columns come from the result row
  columnZones,
  sinkTopics, // no job reads its own results
  stopAfterStart,
];
