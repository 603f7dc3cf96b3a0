/**
 * What Kubernetes takes as the reason of a container's end: one line that begins with the code of the error, so that the
 * operator need not guess what the words mean.
 */
import { isStreamJobError } from '../errors.ts';

/** Kubernetes keeps no more of it. */
const MOST_BYTES = 4096;

/** `CODE: line`; errors that are not of the runtime have the code Unexpected. */
export function terminationMessage(error: unknown, mask: (text: string) => string): string {
  const code = isStreamJobError(error) ? error.code : 'Unexpected';
  const text = mask(error instanceof Error ? error.message : String(error));
  return cutTo(MOST_BYTES, `${code}: ${text.trim().replaceAll(/\s*[\r\n]\s*/g, ' ')}`);
}

/** At most so many bytes of UTF-8; a character that would be cut through is left out. */
function cutTo(bytes: number, text: string): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
