/** Texts of pods on their way into a status or a log: a pod is not trusted with more than one line of plain text. */

const LONGEST = 1024;

/** Control characters, also those that turn the direction of what follows or cannot be seen, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;

/** `text` without line ends and control characters, in at most 1024 characters. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll(UNPRINTABLE, '').replaceAll(/ +/g, ' ').trim();
  return line.length <= LONGEST ? line : `${cut(line, LONGEST - 1)}…`;
}

/** Not through the middle of a character. */
function cut(line: string, length: number): string {
  return line.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
