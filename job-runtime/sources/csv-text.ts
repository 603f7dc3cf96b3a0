/**
 * The few csv rules (docs/semantics.md, section 1) that sources need: which columns a record of the topic has, and
 * when a column that is written needs quotes.
 */
import type { RecordSchema } from '../../crds/stream-job.ts';
import type { ByteWriter } from '../formats/byte-writer.ts';

export interface CsvDialect {
  readonly delimiter: number;
  readonly quote: number;
  readonly trim: boolean;
}

const COMMA = 44;
const QUOTE = 34;
const LF = 10;
const CR = 13;

export function dialectOf({ csv }: RecordSchema): CsvDialect {
  if (!csv) return { delimiter: COMMA, quote: QUOTE, trim: false };
  return { delimiter: csv.delimiter.charCodeAt(0), quote: csv.quote.charCodeAt(0), trim: csv.trim };
}

export interface TopicColumns {
  readonly names: readonly string[];
  /** For each field of the schema, where its columns are in `names`. */
  readonly ofField: readonly (readonly number[])[];
}

/** The columns of a record: the source columns of the fields, each once, in the order in which the fields name them. */
export function topicColumns({ fields }: RecordSchema): TopicColumns {
  const places = new Map<string, number>();
  const ofField = fields.map(({ name, from }) =>
    (from ?? [name]).map((column) => {
      const place = places.get(column) ?? places.size;
      places.set(column, place);
      return place;
    }),
  );
  return { names: [...places.keys()], ofField };
}

/** Quotes what stands in `out` from `from` on, if it has to be. */
export function quoteColumn(out: ByteWriter, from: number, { delimiter, quote }: CsvDialect): void {
  const { bytes, length } = out;
  for (let at = from; at < length; at++) {
    const byte = bytes[at]!;
    if (byte === delimiter || byte === quote || byte === LF || byte === CR) {
      rewriteQuoted(out, from, quote);
      return;
    }
  }
}

function rewriteQuoted(out: ByteWriter, from: number, quote: number): void {
  const plain = out.bytes.slice(from, out.length);
  out.length = from;
  out.byte(quote);
  for (const byte of plain) {
    if (byte === quote) out.byte(quote);
    out.byte(byte);
  }
  out.byte(quote);
}
