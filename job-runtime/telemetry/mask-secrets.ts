/**
 * The last net under everything that is printed: a password must not come out even where a library puts it into the
 * text of an error. Code that knows that it holds a secret leaves it out by itself.
 */

const MASK = '***';

/** `text` with each secret in it masked, also where it is written as JSON, in a URL, or in Base64 (as SASL PLAIN is). */
export function maskSecrets(text: string, secrets: Iterable<string>): string {
  let masked = text;
  for (const form of formsOf(secrets)) masked = masked.replaceAll(form, MASK);
  return masked;
}

/** Masks every text inside what JSON can hold, names included. */
export function maskValue(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [mask(name), maskValue(member, mask)]));
}

/** Longest first: a secret may be part of another one. */
function formsOf(secrets: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const secret of secrets)
    for (const part of partsOf(secret)) for (const form of writingsOf(part)) forms.add(form);
  return [...forms].sort((a, b) => b.length - a.length);
}

/** Of a text of several lines, such as a PEM key, any line alone gives too much away; its frame does not. */
function partsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !/^-----.*-----$/.test(line));
  return lines.length === 1 && secret !== '' ? [secret] : telling;
}

function writingsOf(part: string): string[] {
  return [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part.toWellFormed()), ...base64Of(part)];
}

/** Base64 depends on where the secret starts in what is encoded: what is the same for all that stands around it. */
function base64Of(part: string): string[] {
  const bytes = Buffer.from(part);
  // Shorter ones leave so few digits that other text would be hit.
  if (bytes.length < 6) return [];
  return [0, 1, 2].map((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isTailShared = (before + bytes.length) % 3 !== 0;
    return digits.slice([0, 2, 3][before], isTailShared ? -1 : undefined);
  });
}
