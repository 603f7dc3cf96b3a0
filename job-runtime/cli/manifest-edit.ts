/** Changes single values of a parsed manifest, whatever shape it is in: it has not been judged yet. */
import { pathText } from '../../crds/problem.ts';
import { valueAt } from './manifest-path.ts';
import type { PathPart } from './manifest-path.ts';
import { plural } from './number-text.ts';

/** Why a value cannot be placed at a path; undefined if it can. */
export function obstacle(tree: unknown, path: readonly PathPart[]): string | undefined {
  for (const [depth, part] of path.entries()) {
    const above = path.slice(0, depth);
    const misfit = misfitOf(valueAt(tree, above), part);
    if (misfit !== undefined) return `${depth === 0 ? 'the manifest' : pathText(above)} ${misfit}`;
  }
  return undefined;
}

/** What is absent, or null as YAML has it, becomes whatever the part needs. */
function misfitOf(holder: unknown, part: PathPart): string | undefined {
  if (typeof part === 'string') return holder == null || isObject(holder) ? undefined : 'is no object';
  if (holder != null && !Array.isArray(holder)) return 'is no list';
  const length = holder?.length ?? 0;
  return part > length ? `has ${plural(length, 'item')}, numbered from 0` : undefined;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with `value` at `path`; undefined takes out what is there. What is missing on the way is made. */
export function withValue(tree: unknown, path: readonly PathPart[], value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (typeof part === 'number') return withItem(Array.isArray(tree) ? tree : [], part, rest, value);
  const members: Record<string, unknown> = { ...(tree as Record<string, unknown> | null) };
  const inner = withValue(Object.hasOwn(members, part) ? members[part] : undefined, rest, value);
  // A computed name in a literal makes a member of any name, `__proto__` too; assigning would not.
  if (inner !== undefined) return { ...members, [part]: inner };
  const { [part]: _removed, ...others } = members;
  return others;
}

function withItem(items: readonly unknown[], index: number, rest: readonly PathPart[], value: unknown): unknown[] {
  const inner = withValue(items[index], rest, value);
  return inner === undefined ? items.toSpliced(index, 1) : items.toSpliced(index, 1, inner);
}
