/**
 * Decodes records that are JSON objects. One strict pass over the bytes: wanted members are noted where they lie, all
 * others are stepped over. A record that JSON.parse would refuse is malformed, whichever members are wanted.
 */
import type { FieldKind } from '../../crds/field-type.ts';
import type { Field as SchemaField, RecordSchema } from '../../crds/record-schema.ts';
import type { ColumnBatch, Field } from '../engine/column.ts';
import type { RecordBatch } from '../record.ts';
import { decodeBase64 } from './base64.ts';
import { ByteWriter } from './byte-writer.ts';
import { CellTable, inSchemaOrder, MISMATCH, MISSING } from './cell-table.ts';
import type { DecodedField } from './cell-table.ts';
import type { Decoder } from './decoder.ts';
import { isKnown, WantedObject } from './json-members.ts';
import type { WantedMember } from './json-members.ts';
import { CLOSE_OBJECT, COLON, COMMA, JsonScanner, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-scanner.ts';
import { unescapeString } from './json-string.ts';
import { printsNumber } from './time-formatter.ts';

/** Kinds of JSON values, as bits: what a value is, and what a field takes. */
const TEXT = 1;
const NUMBER = 2;
const BOOLEAN = 4;
const ARRAY = 8;
const OBJECT = 16;
const NULL = 32;

export function createJsonDecoder(schema: RecordSchema, fields: readonly Field[]): Decoder {
  return new JsonDecoder(inSchemaOrder(schema, fields));
}

const TAKEN: Readonly<Record<FieldKind, number>> = {
  string: TEXT,
  boolean: BOOLEAN,
  int: NUMBER,
  long: NUMBER,
  double: NUMBER,
  decimal: NUMBER | TEXT,
  timestamp: TEXT,
  date: TEXT,
  bytes: TEXT,
  array: ARRAY,
  map: OBJECT,
};

function kindsTaken({ field, schema }: DecodedField): number {
  return field.type.kind === 'timestamp' && printsNumber(schema.format) ? NUMBER : TAKEN[field.type.kind];
}

const pathOf = ({ name, path }: SchemaField): readonly string[] => (path ?? name).split('.');

class JsonDecoder implements Decoder {
  readonly fields: readonly Field[];
  private readonly cells: CellTable;
  private readonly root = new WantedObject();
  private readonly taken: Uint8Array;
  /** Fields whose text is base64. */
  private readonly isBase64: Uint8Array;
  private readonly base64Text = new ByteWriter(64);
  private readonly scanner = new JsonScanner();
  private row = 0;
  /** What the name that was read last leads to. */
  private member: WantedMember | undefined;

  constructor(decoded: readonly DecodedField[]) {
    this.fields = decoded.map(({ field }) => field);
    this.cells = new CellTable(decoded, false);
    this.taken = Uint8Array.from(decoded, kindsTaken);
    this.isBase64 = Uint8Array.from(decoded, ({ field }) => (field.type.kind === 'bytes' ? 1 : 0));
    decoded.forEach(({ schema }, index) => this.root.add(pathOf(schema), index));
  }

  decode(batch: RecordBatch, out: ColumnBatch): void {
    const { count, valueStart, valueEnd } = batch;
    this.cells.begin(batch, out);
    this.cells.clearCells(count);
    this.scanner.open(batch.bytes);
    for (let row = 0; row < count; row++) {
      this.row = row;
      if (!this.record(valueStart[row]!, valueEnd[row]!)) this.cells.rejectRow(out, row);
    }
    this.cells.finish(batch, out);
  }

  private record(start: number, end: number): boolean {
    if (start < 0) return false;
    const { scanner } = this;
    scanner.end = end;
    const open = scanner.space(start);
    if (open >= end || scanner.bytes[open] !== OPEN_OBJECT) return false;
    const at = this.object(this.root, open + 1);
    return at === end || (at > 0 && scanner.space(at) === end);
  }

  /** Reads members from behind the opening brace; returns the position behind the closing one, −1 if malformed. */
  // eslint-disable-next-line complexity -- one loop over members: white space is rare, so each place tests for it inline
  private object(object: WantedObject, start: number): number {
    const { scanner } = this;
    const { bytes, end } = scanner;
    let at = scanner.space(start);
    if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1;
    for (let place = 0; ; place++) {
      at = this.name(object, place, at);
      if (at < 0) return -1;
      if (at < end && bytes[at] !== COLON) at = scanner.space(at);
      if (at >= end || bytes[at] !== COLON) return -1;
      at++;
      if (at < end && bytes[at]! <= 32) at = scanner.space(at);
      at = this.member === undefined ? scanner.value(at) : this.value(this.member, at);
      if (at < 0) return -1;
      if (at < end && bytes[at]! <= 32) at = scanner.space(at);
      if (at >= end) return -1;
      const next = bytes[at++]!;
      if (next === CLOSE_OBJECT) return at;
      if (next !== COMMA) return -1;
      if (at < end && bytes[at]! <= 32) at = scanner.space(at);
    }
  }

  /** Reads a member's name and finds what it leads to; returns the position behind its closing quote. */
  private name(object: WantedObject, place: number, at: number): number {
    const { bytes, end } = this.scanner;
    if (place < object.known.length) {
      const known = object.known[place]!;
      if (isKnown(known, bytes, at, end)) {
        this.member = known.member;
        return at + known.length;
      }
    }
    if (at >= end || bytes[at] !== QUOTE) return -1;
    const found = this.scanner.closingQuote(at);
    if (found === -1) return -1;
    const close = found < 0 ? ~found : found;
    this.member = object.learn(place, bytes, at + 1, close, found < 0);
    return close + 1;
  }

  /** Reads a wanted value; returns the position behind it. */
  private value(member: WantedMember, at: number): number {
    const { scanner } = this;
    if (at >= scanner.end) return -1;
    const first = scanner.bytes[at]!;
    if (member.inner !== undefined) this.forget(member.inner);
    if (first === QUOTE) return this.text(member, at);
    const isObject = first === OPEN_OBJECT;
    const stop = isObject && member.inner !== undefined ? this.object(member.inner, at + 1) : scanner.value(at);
    if (stop < 0) return -1;
    const kind = kindOf(first);
    for (let i = 0; i < member.fields.length; i++) this.note(member.fields[i]!, kind, at, stop);
    return stop;
  }

  /** The last of repeated members counts, with all that it lacks. */
  private forget({ fields }: WantedObject): void {
    for (let i = 0; i < fields.length; i++) this.cells.starts[fields[i]!]![this.row] = MISSING;
  }

  private note(index: number, kind: number, start: number, end: number): void {
    const takes = (this.taken[index]! & kind) !== 0;
    this.cells.starts[index]![this.row] = takes ? start : kind === NULL ? MISSING : MISMATCH;
    this.cells.ends[index]![this.row] = end;
  }

  private text(member: WantedMember, quote: number): number {
    const found = this.scanner.closingQuote(quote);
    if (found === -1) return -1;
    const close = found < 0 ? ~found : found;
    for (let i = 0; i < member.fields.length; i++) {
      const index = member.fields[i]!;
      this.note(index, TEXT, quote + 1, close);
      if ((this.taken[index]! & TEXT) !== 0 && (found < 0 || this.isBase64[index] === 1))
        this.rewrite(index, quote + 1, close);
    }
    return close + 1;
  }

  /** Text that does not stand as it is goes to the spill. */
  private rewrite(index: number, start: number, end: number): void {
    const { bytes } = this.scanner;
    const { spill } = this.cells;
    const place = spill.length;
    if (this.isBase64[index] === 0) unescapeString(bytes, start, end, spill);
    else {
      this.base64Text.clear();
      unescapeString(bytes, start, end, this.base64Text);
      if (!decodeBase64(this.base64Text.bytes, 0, this.base64Text.length, spill)) {
        this.cells.starts[index]![this.row] = MISMATCH;
        return;
      }
    }
    this.cells.spillCell(index, this.row, place);
  }
}

function kindOf(first: number): number {
  switch (first) {
    case OPEN_OBJECT:
      return OBJECT;
    case OPEN_ARRAY:
      return ARRAY;
    case 116:
    case 102:
      return BOOLEAN;
    case 110:
      return NULL;
    default:
      return NUMBER;
  }
}
