/** Places in a manifest as people write them, `spec.steps[0].filter`: the other direction of crds/problem.ts. */

export type PathPart = string | number;

const FIRST = /([A-Za-z_][\w-]*)/y;
const NEXT = /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\[("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")\]/uy;

/** The path that `text` starts with, and what comes behind it; undefined where it starts with none. */
export function readPath(text: string): { readonly path: readonly PathPart[]; readonly rest: string } | undefined {
  const path: PathPart[] = [];
  let end = 0;
  for (;;) {
    const pattern = end === 0 ? FIRST : NEXT;
    pattern.lastIndex = end;
    const found = pattern.exec(text);
    if (!found) break;
    const [whole, name, index, quoted] = found;
    path.push(name ?? (index === undefined ? (JSON.parse(quoted!) as string) : Number(index)));
    end += whole.length;
  }
  return path.length === 0 ? undefined : { path, rest: text.slice(end) };
}

/** The path of a problem. */
export function parsePath(text: string): readonly PathPart[] {
  return readPath(text)?.path ?? [];
}

export function startsWith(path: readonly PathPart[], beginning: readonly PathPart[]): boolean {
  return beginning.length <= path.length && beginning.every((part, at) => part === path[at]);
}

/** What stands at a path of a parsed document; undefined where there is nothing. */
export function valueAt(tree: unknown, path: readonly PathPart[]): unknown {
  let at = tree;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<PathPart, unknown>)[part];
  }
  return at;
}
