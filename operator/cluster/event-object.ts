/** An Event as events.k8s.io/v1 takes it. */
import type { EventDraft } from '../reconcile/plan.ts';
import type { JobResource } from '../resources/kube-object.ts';
import { FIELD_MANAGER } from '../resources/names.ts';
import type { Collection } from './kinds.ts';

/** Limits of the API, in characters of ASCII. */
const LONGEST_NOTE_BYTES = 1024;
const LONGEST_INSTANCE = 128;
/** What the API server leaves of a generateName. */
const LONGEST_PREFIX = 58;

export interface EventSource {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly instance: string;
}

export function eventOf(
  { apiVersion, kind, metadata }: JobResource,
  { type, reason, message }: EventDraft,
  { now, instance }: EventSource,
): { place: Collection; body: object } {
  const { namespace, name, uid, resourceVersion } = metadata;
  const place = { apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace };
  const generateName = `${name.slice(0, LONGEST_PREFIX - 1).replace(/[-.]+$/, '')}-`;
  const body = {
    apiVersion: place.apiVersion,
    kind: place.kind,
    metadata: { namespace, generateName },
    eventTime: micros(now),
    type,
    reason,
    action: reason,
    note: shortened(message),
    regarding: { apiVersion, kind, namespace, name, uid, resourceVersion },
    reportingController: `streamjob.dev/${FIELD_MANAGER}`,
    reportingInstance: instance.slice(0, LONGEST_INSTANCE),
  };
  return { place, body };
}

/** The API wants six digits of a second. */
const micros = (millis: number): string => new Date(millis).toISOString().replace('Z', '000Z');

function shortened(note: string): string {
  if (Buffer.byteLength(note) <= LONGEST_NOTE_BYTES) return note;
  const cut = Buffer.from(note).subarray(0, LONGEST_NOTE_BYTES - 4);
  // Of a character that was cut in two nothing is left.
  return `${cut.toString('utf8').replace(/�+$/u, '')}…`;
}
