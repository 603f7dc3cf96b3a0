/** Keys, values and headers of records as members of JSON: text as text, other bytes in base64 under another name. */
import type { RecordHeader } from './record-headers.ts';

/** The text that these bytes are in UTF-8; undefined: they are none. A byte order mark at the start is no text either. */
export function textOf(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes);
  return Buffer.from(text).equals(bytes) ? text : undefined;
}

/** `{name: text}`, `{name: null}`, or `{nameBase64: …}`. */
export function bytesMember(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (!bytes) return { [name]: null };
  const text = textOf(bytes);
  return text === undefined ? { [`${name}Base64`]: Buffer.from(bytes).toString('base64') } : { [name]: text };
}

/** Headers as a list, since keys may repeat. */
export function headerMembers(headers: readonly RecordHeader[]): Record<string, string | null>[] {
  return headers.map(({ key, value }) => ({ key, ...bytesMember('value', value) }));
}
