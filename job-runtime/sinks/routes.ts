/**
 * Which topic each result row goes to: that of the first route that is true of it. A route that fails on a row (a null
 * where it needs a value) is not true of it: the row has been counted as a result and cannot be a bad record any more.
 */
import { pathText } from '../../crds/problem.ts';
import type { Problem } from '../../crds/problem.ts';
import type { ColumnBatch, Field, NumberColumn } from '../engine/column.ts';
import { createColumn, RowError } from '../engine/column.ts';
import { compileExpression } from '../engine/expression/compile.ts';
import type { CompiledExpression } from '../engine/expression/compile.ts';

export interface Route {
  readonly when: string;
  readonly topic: string;
}

/** Sets topicOf[row] for the selected rows. Owns scratch: one for each task. */
export type Router = (batch: ColumnBatch, topicOf: Uint8Array) => void;

const NO_ERROR_FIELD = -1;

/** What is wrong with the routes; `path` is where they stand in the manifest. */
export function routeProblems(
  routes: readonly Route[],
  fields: readonly Field[],
  path: readonly PropertyKey[],
): Problem[] {
  return routes.flatMap(({ when }, index) => {
    const compiled = compileExpression(when, fields, 'bool');
    return 'problem' in compiled ? [{ path: pathText([...path, index, 'when']), message: compiled.problem }] : [];
  });
}

/** Numbers in `topicOf` are places in `topics`, which holds the topic of each route and the default. */
export function createRouter(
  routes: readonly Route[],
  fields: readonly Field[],
  topics: readonly string[],
  otherwise: string,
): Router {
  const tests = routes.map(({ when, topic }) => ({ test: compiledRoute(when, fields), topic: topics.indexOf(topic) }));
  const rest = topics.indexOf(otherwise);
  let verdict = createColumn({ kind: 'boolean' }, 0) as NumberColumn;
  return (batch, topicOf) => {
    if (verdict.values.length < batch.rows.length)
      verdict = createColumn({ kind: 'boolean' }, batch.rows.length) as NumberColumn;
    for (let i = 0; i < batch.selected; i++) topicOf[batch.rows[i]!] = rest;
    // From the last to the first, so that the first one that is true has the last word.
    for (const { test, topic } of tests.toReversed()) {
      test.evaluate(batch, verdict, NO_ERROR_FIELD);
      assign(batch, verdict, topic, topicOf);
    }
  };
}

function assign(batch: ColumnBatch, { values }: NumberColumn, topic: number, topicOf: Uint8Array): void {
  for (let i = 0; i < batch.selected; i++) {
    const row = batch.rows[i]!;
    if (values[row] === 1) topicOf[row] = topic;
    else if (values[row] !== 0) batch.error[row] = RowError.none;
  }
}

function compiledRoute(when: string, fields: readonly Field[]): CompiledExpression {
  const compiled = compileExpression(when, fields, 'bool');
  if ('problem' in compiled) throw new Error(`route ${when}: ${compiled.problem}`);
  return compiled;
}
