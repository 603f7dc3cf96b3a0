/**
 * A generator invents the records of a source, field by field: it knows names and values, not formats. `draw` makes
 * the values of one record; the columns then show them until the next draw.
 */
import type { Random } from '../random.ts';

export type GeneratedColumn =
  /** UTF-8 text. */
  | { readonly kind: 'text'; readonly bytes: () => Uint8Array }
  | { readonly kind: 'number'; readonly value: () => number }
  /** The record's event time; `format` is for fields that are text. */
  | { readonly kind: 'time'; readonly format: string };

export interface Generator {
  readonly name: string;
  /** Milliseconds between two records where the manifest names no rate. */
  readonly stepMillis: number;
  /** By the name that fields and columns have. Names match without regard to case, `_` and the like. */
  readonly columns: Readonly<Record<string, GeneratedColumn>>;
  /** Other names of columns. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Called once before the first draw, for what takes long to load. */
  load?(): Promise<void>;
  /** Makes the values of record `index` from numbers that depend on seed and index alone. */
  draw(random: Random, index: number): void;
  /** Whether the value just drawn is to be sent as a JSON string literal, as some producers do with csv. */
  isWrapped?(): boolean;
}

const encoder = new TextEncoder();

export const encodeAll = (texts: readonly string[]): readonly Uint8Array[] => texts.map((text) => encoder.encode(text));

/** A column whose text is one of a few, chosen by each draw. */
export class Choice {
  readonly column: GeneratedColumn;
  readonly size: number;
  chosen = 0;

  constructor(texts: readonly string[]) {
    const encoded = encodeAll(texts);
    this.size = texts.length;
    this.column = { kind: 'text', bytes: () => encoded[this.chosen]! };
  }

  draw(random: Random): void {
    this.chosen = random.below(this.size);
  }
}

export function constant(text: string): GeneratedColumn {
  const bytes = encoder.encode(text);
  return { kind: 'text', bytes: () => bytes };
}

const HEX = encoder.encode('0123456789abcdef');

/** A random UUID (version 4) of each record, in bytes that are reused. */
export class Uuid {
  readonly bytes: Uint8Array = encoder.encode('00000000-0000-4000-8000-000000000000');
  readonly column: GeneratedColumn = { kind: 'text', bytes: () => this.bytes };

  draw(random: Random): void {
    this.hex(0, 8, random.bits());
    const second = random.bits();
    this.hex(9, 4, second);
    this.hex(15, 3, second >>> 16);
    const third = random.bits();
    this.bytes[19] = HEX[8 + (third & 3)]!;
    this.hex(20, 3, third >>> 2);
    this.hex(24, 4, third >>> 16);
    this.hex(28, 8, random.bits());
  }

  private hex(at: number, digits: number, bits: number): void {
    for (let i = at, rest = bits; i < at + digits; i++, rest >>>= 4) this.bytes[i] = HEX[rest & 15]!;
  }
}
