/** What checks as CEL and yet can never be right: constant patterns, zones, time formats, timestamps and durations. */
import { kernelTypeOf } from './cel-types.ts';
import type { Library } from './environment.ts';
import { originalNames } from './library-functions.ts';
import { compilePatternCached } from './pattern.ts';
import { ExpressionProblem } from './problem.ts';
import { functionName, isCall, literal, operandsOf, walk } from './syntax.ts';
import type { CelNode } from './syntax.ts';
import { TIMESTAMP_GETTERS } from './time-kernels.ts';
import { timeTextProblem, zoneProblem } from './time-text.ts';

/** Throws an ExpressionProblem. */
export function checkConstants(root: CelNode, library: Library): void {
  walk(root, (node) => {
    const problem = isCall(node) ? problemOf(node, library) : orderProblem(node);
    if (problem !== undefined) throw new ExpressionProblem(node.start, problem);
  });
}

/** The library takes `duration + timestamp` for a duration. */
function orderProblem(node: CelNode): string | undefined {
  if (node.op !== '+') return undefined;
  const [left, right] = operandsOf(node).map(({ checkedType }) => kernelTypeOf(checkedType));
  return left === 'duration' && right === 'timestamp' ? 'write the timestamp first: timestamp + duration' : undefined;
}

const text = (node: CelNode | undefined): string | undefined => {
  const value = literal(node);
  return typeof value === 'string' ? value : undefined;
};

function problemOf(node: CelNode, library: Library): string | undefined {
  const name = originalNames(functionName(node));
  const [first, second, third] = operandsOf(node).map(text);
  if (name === 'timestamp' || name === 'duration')
    return first === undefined ? undefined : literalProblem(name, node, library);
  if (second === undefined) return undefined;
  if (name === 'matches') return patternProblem(second);
  if (name === 'format' || name === 'parseTimestamp') return timeTextProblem(second, third ?? 'UTC');
  return name in TIMESTAMP_GETTERS ? zoneProblem(second) : undefined;
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePatternCached(pattern);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

function literalProblem(name: string, node: CelNode, library: Library): string | undefined {
  try {
    library.evaluate(node);
    return undefined;
  } catch {
    const example = name === 'timestamp' ? '"2024-01-31T08:00:00Z"' : '"1h30m"';
    return `${JSON.stringify(text(operandsOf(node)[0]))} is no ${name}; one is written ${example}`;
  }
}
