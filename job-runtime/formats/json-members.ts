/**
 * Which members of an object are wanted, as a tree along their paths. Records of one topic mostly name their members in
 * one order: each object remembers the names it saw last, so that a name is compared once and not looked up.
 */
import { ByteWriter } from './byte-writer.ts';
import { unescapeString } from './json-string.ts';

/** A member that is wanted, or that leads to one. */
export interface WantedMember {
  /** Fields that take this member's value. */
  readonly fields: number[];
  /** The wanted members inside it, if its value is an object. */
  inner: WantedObject | undefined;
}

/** A name as it stood in the bytes, with its quotes, and what it leads to. */
export interface KnownName {
  readonly bytes: Uint8Array;
  length: number;
  member: WantedMember | undefined;
}

const MAX_KNOWN_NAMES = 128;
const MAX_KNOWN_LENGTH = 48;
const encoder = new TextEncoder();

export class WantedObject {
  /** The names of the last object, by their place in it. */
  readonly known: KnownName[] = [];
  /** All fields that lie somewhere inside. */
  readonly fields: number[] = [];
  private readonly names: Uint8Array[] = [];
  private readonly members: WantedMember[] = [];
  private readonly unescaped = new ByteWriter(64);

  /** Adds the field at the end of a path. */
  add(path: readonly string[], field: number): void {
    const [name, ...rest] = path as [string, ...string[]];
    const member = this.memberOf(name);
    this.fields.push(field);
    if (rest.length === 0) member.fields.push(field);
    else {
      member.inner ??= new WantedObject();
      member.inner.add(rest, field);
    }
  }

  private memberOf(name: string): WantedMember {
    const bytes = encoder.encode(name);
    const known = this.find(bytes, 0, bytes.length);
    if (known) return known;
    const member: WantedMember = { fields: [], inner: undefined };
    this.names.push(bytes);
    this.members.push(member);
    return member;
  }

  /** Looks up the name between the quotes at `start − 1` and `end`, and remembers it for its place. */
  // eslint-disable-next-line max-params -- the hot path passes positions, not objects made per member
  learn(place: number, bytes: Uint8Array, start: number, end: number, escaped: boolean): WantedMember | undefined {
    const member = escaped ? this.findEscaped(bytes, start, end) : this.find(bytes, start, end);
    const length = end - start + 2;
    if (length > MAX_KNOWN_LENGTH || place >= MAX_KNOWN_NAMES || place > this.known.length) return member;
    if (place === this.known.length) this.known.push({ bytes: new Uint8Array(MAX_KNOWN_LENGTH), length: 0, member });
    const known = this.known[place]!;
    for (let i = 0; i < length; i++) known.bytes[i] = bytes[start - 1 + i]!;
    known.length = length;
    known.member = member;
    return member;
  }

  private findEscaped(bytes: Uint8Array, start: number, end: number): WantedMember | undefined {
    this.unescaped.clear();
    unescapeString(bytes, start, end, this.unescaped);
    return this.find(this.unescaped.bytes, 0, this.unescaped.length);
  }

  private find(bytes: Uint8Array, start: number, end: number): WantedMember | undefined {
    for (let index = 0; index < this.names.length; index++) {
      const name = this.names[index]!;
      let same = name.length === end - start ? 0 : -1;
      while (same >= 0 && same < name.length && bytes[start + same] === name[same]) same++;
      if (same === name.length) return this.members[index];
    }
    return undefined;
  }
}

export function isKnown(name: KnownName, bytes: Uint8Array, at: number, end: number): boolean {
  const { length } = name;
  if (at + length > end) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== name.bytes[i]) return false;
  return true;
}
