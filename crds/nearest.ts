/** The nearest known name to a misspelt one, for "did you mean". */
import { distance } from 'fastest-levenshtein';

/** How many letters may differ: short names are near to everything, so for them one. */
const reach = (name: string): number => (name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3)));

/** Undefined if nothing is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = reach(name) + 1;
  for (const candidate of known) {
    // A difference in case alone is the commonest slip, so it costs nothing.
    const far = distance(name.toLowerCase(), candidate.toLowerCase());
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

/** `; did you mean "groupBy"?`, or the known names if they are few, or nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `; did you mean ${JSON.stringify(near)}?`;
  return names.length > 0 && names.length <= 12 ? `; known are ${names.join(', ')}` : '';
}
