/** What is wrong with an expression, as one line: where, what, and the name that was perhaps meant. */
import type { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { closest, distance } from 'fastest-levenshtein';
import { isVariableName } from './environment.ts';
import { originalNames } from './library-functions.ts';
import { RECORD } from './syntax.ts';

/** Thrown while compiling, turned into `{ problem }` at the rim. */
export class ExpressionProblem extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

/** How a field is written in an expression. */
const spelling = (name: string): string => {
  if (isVariableName(name)) return name;
  return /^[A-Za-z_]\w*$/.test(name) && !['in', 'true', 'false', 'null'].includes(name)
    ? `${RECORD}.${name}`
    : `${RECORD}[${JSON.stringify(name)}]`;
};

export function problemLine(source: string, position: number, message: string): string {
  const before = source.slice(0, position).split('\n');
  const line = before.length > 1 || source.includes('\n') ? `line ${before.length}, ` : '';
  return `${line}column ${before.at(-1)!.length + 1}: ${message.replaceAll(/\s+/g, ' ')}`;
}

type CelError = ParseError | CelTypeError | EvaluationError;

/** An error of the library's parser or checker. */
export function libraryProblem(cause: unknown, names: readonly string[]): ExpressionProblem {
  if (!isCelError(cause)) return new ExpressionProblem(0, (cause as Error).message);
  return new ExpressionProblem(cause.range?.start ?? 0, messageOf(cause, names));
}

const isCelError = (cause: unknown): cause is CelError => cause instanceof Error && 'summary' in cause;

function messageOf(cause: CelError, names: readonly string[]): string {
  const summary = originalNames(cause.summary);
  if (cause.code === 'unknown_variable') return unknownField(summary.replace('Unknown variable: ', ''), names);
  const key = /^No such key: (.*)$/s.exec(summary);
  if (key) return unknownField(key[1]!, names);
  if (/^no such overload: (int [-+*/%<>=]+ double|double [-+*/%=]+ int)$/.test(summary)) {
    return `${summary}; CEL mixes no number types: write double(…) around the int, or a literal such as 40.0`;
  }
  if (/^no such overload: .* [!=]= null$|^no such overload: null [!=]= /.test(summary))
    return `${summary}; only a field itself can be compared with null`;
  return summary[0]!.toLowerCase() + summary.slice(1);
}

export function unknownField(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `there is no field ${name}; did you mean ${spelling(nearest)}?`;
  const shown = names.slice(0, 12).map(spelling).join(', ');
  const rest = names.length > 12 ? ', …' : '';
  return `there is no field ${name}; there ${names.length === 1 ? 'is' : 'are'} ${shown}${rest}`;
}

/** Case and punctuation count for nothing: `ca` is near `C/A`. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

function nearestName(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const wanted = bare(name);
  const nearest = closest(wanted, names.map(bare));
  const isNear = distance(wanted, nearest) <= Math.floor(wanted.length * 0.4);
  return isNear ? names.find((candidate) => bare(candidate) === nearest) : undefined;
}
