/** Texts as long as the API server takes them. */
const HALF_A_CHARACTER = /[\uD800-\uDBFF]$/;

/** At most `most` UTF-16 units. No character is cut in two: it would come back from the API server as another one. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(HALF_A_CHARACTER, '')}…`;
}
