/**
 * Writes the value of a generator's record in the schema's format, in a buffer that the next record overwrites.
 */
import type { Field, RecordSchema } from '../../crds/stream-job.ts';
import { ByteWriter } from '../formats/byte-writer.ts';
import { writeJsonString } from '../formats/json-text.ts';
import { dialectOf, quoteColumn, topicColumns, type CsvDialect } from './csv-text.ts';
import { FieldTexts, type FieldText, type Moment } from './field-text.ts';
import type { Generator } from './generators/generator.ts';

type Write = (out: ByteWriter) => void;

const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;

export class RecordEncoder {
  private readonly generator: Generator;
  private readonly moment: Moment = { millis: 0 };
  private readonly writers: readonly Write[];
  private readonly out = new ByteWriter(512);
  private readonly literal = new ByteWriter(512);
  private readonly canWrap: boolean;

  constructor(schema: RecordSchema, generator: Generator) {
    this.generator = generator;
    const texts = new FieldTexts(schema, generator, this.moment);
    const textOf = schema.fields.map((field) => texts.of(field));
    this.writers = schema.format === 'csv' ? csvWriters(schema, textOf) : jsonWriters(schema.fields, textOf);
    // A decoder unwraps only where a record has more than one column.
    this.canWrap = schema.format === 'csv' && topicColumns(schema).names.length > 1;
  }

  /** The value of the record that the generator drew last. */
  value(millis: number): Uint8Array {
    const { out } = this;
    this.moment.millis = millis;
    out.clear();
    for (const write of this.writers) write(out);
    return this.canWrap && this.generator.isWrapped?.() === true ? this.wrapped() : out.bytes.subarray(0, out.length);
  }

  private wrapped(): Uint8Array {
    const { out, literal } = this;
    literal.clear();
    writeJsonString(out.bytes, 0, out.length, literal);
    return literal.bytes.subarray(0, literal.length);
  }
}

function csvWriters(schema: RecordSchema, texts: readonly FieldText[]): Write[] {
  const dialect = dialectOf(schema);
  const { names, ofField } = topicColumns(schema);
  const writers = new Array<Write | undefined>(names.length).fill(undefined);
  for (const [index, places] of ofField.entries()) {
    for (const [part, place] of places.entries()) writers[place] ??= partOf(texts[index]!, part, places.length);
  }
  return writers.map((write, place) => columnWriter(write!, place > 0, dialect));
}

function columnWriter(write: Write, isLater: boolean, dialect: CsvDialect): Write {
  return (out) => {
    if (isLater) out.byte(dialect.delimiter);
    const from = out.length;
    write(out);
    quoteColumn(out, from, dialect);
  };
}

/** Several columns of one field are joined by a space when they are read, so its text is cut at spaces. */
function partOf({ write }: FieldText, part: number, parts: number): Write {
  if (parts === 1) return write;
  const whole = new ByteWriter(64);
  return (out) => {
    whole.clear();
    write(whole);
    let start = 0;
    for (let before = 0; before < part; before++) start = endOfWord(whole, start) + 1;
    const end = part === parts - 1 ? whole.length : endOfWord(whole, start);
    if (start < end) out.slice(whole.bytes, start, end);
  };
}

function endOfWord({ bytes, length }: ByteWriter, from: number): number {
  let at = from;
  while (at < length && bytes[at] !== SPACE) at++;
  return at;
}

interface Member {
  readonly children: Map<string, Member>;
  text: FieldText | undefined;
}

/** An object in the order of the fields; paths that begin alike share their inner objects. */
function jsonWriters(fields: readonly Field[], texts: readonly FieldText[]): Write[] {
  const root: Member = { children: new Map<string, Member>(), text: undefined };
  for (const [index, field] of fields.entries()) {
    let member = root;
    for (const name of (field.path ?? field.name).split('.')) {
      let child = member.children.get(name);
      if (!child) member.children.set(name, (child = { children: new Map<string, Member>(), text: undefined }));
      member = child;
    }
    member.text = texts[index]!;
  }
  return memberWriters(root);
}

function memberWriters({ children, text }: Member): Write[] {
  if (text) return [jsonValue(text)];
  const writers: Write[] = [];
  for (const [name, child] of children) {
    const lead = new TextEncoder().encode(`${writers.length === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    writers.push((out) => out.slice(lead, 0, lead.length), ...memberWriters(child));
  }
  writers.push((out) => out.byte(125));
  return writers;
}

function jsonValue({ write, isBare, isNull }: FieldText): Write {
  if (isNull) return (out) => out.text('null');
  if (isBare) return write;
  return (out) => {
    out.byte(QUOTE);
    const from = out.length;
    write(out);
    if (isPlain(out, from)) out.byte(QUOTE);
    else rewriteEscaped(out, from);
  };
}

function isPlain({ bytes, length }: ByteWriter, from: number): boolean {
  for (let at = from; at < length; at++)
    if (bytes[at]! < 32 || bytes[at] === QUOTE || bytes[at] === BACKSLASH) return false;
  return true;
}

function rewriteEscaped(out: ByteWriter, from: number): void {
  const text = out.bytes.slice(from, out.length);
  out.length = from - 1;
  writeJsonString(text, 0, text.length, out);
}
