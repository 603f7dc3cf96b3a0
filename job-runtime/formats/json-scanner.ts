/**
 * Steps over JSON values in bytes, as strict as JSON.parse. Positions are those behind what was stepped over; −1 says
 * that it is malformed. Nesting is kept in an array of its own: no depth of brackets can exhaust the stack.
 */
import { isDigit, isWord } from './digits.ts';
import { closingQuote } from './json-string.ts';

export const QUOTE = 34;
export const COMMA = 44;
export const COLON = 58;
export const OPEN_OBJECT = 123;
export const CLOSE_OBJECT = 125;
export const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
const POINT = 46;
const LETTER_E = 101;

const encoder = new TextEncoder();
const TRUE = encoder.encode('true');
const FALSE = encoder.encode('false');
const NULL = encoder.encode('null');

export class JsonScanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** No record reaches beyond it. */
  end = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** The closing bracket of each open object and array, and how many are open. */
  private closers = new Uint8Array(64);
  private depth = 0;

  /** Turns to other bytes. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The first position from `start` on that holds no white space. */
  space(start: number): number {
    const { bytes, end } = this;
    let at = start;
    while (at < end && isSpace(bytes[at]!)) at++;
    return at;
  }

  /** See closingQuote; `at` is that of the opening quote. */
  closingQuote(at: number): number {
    return closingQuote(this.bytes, this.view, at + 1, this.end);
  }

  /** Steps over the value that starts at `at`. */
  value(at: number): number {
    const first = at < this.end ? this.bytes[at]! : 0;
    return first === OPEN_OBJECT || first === OPEN_ARRAY ? this.nested(at) : this.scalar(at, first);
  }

  private string(at: number): number {
    const close = this.closingQuote(at);
    if (close >= 0) return close + 1;
    return close === -1 ? -1 : ~close + 1;
  }

  private scalar(at: number, first: number): number {
    switch (first) {
      case QUOTE:
        return this.string(at);
      case TRUE[0]:
        return this.word(TRUE, at);
      case FALSE[0]:
        return this.word(FALSE, at);
      case NULL[0]:
        return this.word(NULL, at);
      default:
        return this.number(at);
    }
  }

  private word(word: Uint8Array, at: number): number {
    return at + word.length <= this.end && isWord(word, this.bytes, at) ? at + word.length : -1;
  }

  private number(start: number): number {
    const { bytes, end } = this;
    const first = start < end && bytes[start] === MINUS ? start + 1 : start;
    let at = this.digits(first);
    if (at < 0 || (bytes[first] === ZERO && at > first + 1)) return -1;
    if (at < end && bytes[at] === POINT) at = this.digits(at + 1);
    return at > 0 ? this.exponent(at) : -1;
  }

  private exponent(at: number): number {
    const { bytes, end } = this;
    if (at >= end || (bytes[at]! | 0x20) !== LETTER_E) return at;
    const hasSign = at + 1 < end && (bytes[at + 1] === MINUS || bytes[at + 1] === PLUS);
    return this.digits(hasSign ? at + 2 : at + 1);
  }

  /** One digit or more. */
  private digits(start: number): number {
    const { bytes, end } = this;
    let at = start;
    while (at < end && isDigit(bytes[at]!)) at++;
    return at === start ? -1 : at;
  }

  private nested(start: number): number {
    this.depth = 0;
    let at = start;
    do {
      const first = at < this.end ? this.bytes[at]! : 0;
      if (first === OPEN_OBJECT || first === OPEN_ARRAY) at = this.enter(at, first);
      else {
        at = this.scalar(at, first);
        if (at >= 0) at = this.leave(at);
      }
    } while (at >= 0 && this.depth > 0);
    return at;
  }

  /** Opens an object or array: up to the start of its first value, or past it and what closes with it if it is empty. */
  private enter(at: number, opener: number): number {
    const closer = opener === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
    if (this.depth === this.closers.length) this.grow();
    this.closers[this.depth++] = closer;
    const inside = this.space(at + 1);
    if (inside < this.end && this.bytes[inside] === closer) return this.leave(inside);
    return closer === CLOSE_OBJECT ? this.label(inside) : inside;
  }

  private grow(): void {
    const grown = new Uint8Array(this.closers.length * 2);
    grown.set(this.closers);
    this.closers = grown;
  }

  /** Behind a value: closes what closes here, up to the start of the next value or the end of the outermost. */
  private leave(start: number): number {
    let at = start;
    for (; this.depth > 0; this.depth--) {
      at = this.space(at);
      if (at >= this.end) return -1;
      const closer = this.closers[this.depth - 1]!;
      if (this.bytes[at] === COMMA) {
        const next = this.space(at + 1);
        return closer === CLOSE_OBJECT ? this.label(next) : next;
      }
      if (this.bytes[at] !== closer) return -1;
      at++;
    }
    return at;
  }

  /** Steps over a member's name, its colon and the white space behind it. */
  private label(start: number): number {
    if (start >= this.end || this.bytes[start] !== QUOTE) return -1;
    const name = this.string(start);
    if (name < 0) return -1;
    const colon = this.space(name);
    return colon < this.end && this.bytes[colon] === COLON ? this.space(colon + 1) : -1;
  }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
