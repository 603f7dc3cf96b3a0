/** Problems of a manifest in lines for people: where it stands, and what would be right. */
import type { Problem } from '../../crds/problem.ts';
import type { Manifest } from './manifest-file.ts';
import { parsePath, startsWith } from './manifest-path.ts';
import type { Origin } from './overrides.ts';

/** `FILE:LINE: PATH: MESSAGE`, in the order of the lines; what a flag says stands first, and under the flag. */
export function problemLines(
  problems: readonly Problem[],
  manifest: Manifest,
  origins: readonly Origin[] = [],
): string[] {
  const placed = problems.map(({ path, message }) => {
    const parts = parsePath(path);
    const origin = origins.findLast((candidate) => startsWith(parts, candidate.path));
    const line = origin ? 0 : manifest.lineOf(parts);
    const place = origin ? origin.flag : `${manifest.file}:${line}`;
    return { line, text: [place, ...(path === '' ? [] : [path]), message].join(': ') };
  });
  return [...new Set(placed.toSorted((a, b) => a.line - b.line).map(({ text }) => text))];
}
