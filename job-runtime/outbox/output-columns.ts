/**
 * What the sink's `columns` and `columnOptions` mean over the result row (docs/semantics.md, section 6). The manifest's
 * own rules judge names and types as far as the manifest tells them; here the plan is known, so every type is.
 */
import { suggestion } from '../../crds/nearest.ts';
import { pathText } from '../../crds/problem.ts';
import type { Problem } from '../../crds/problem.ts';
import type { ColumnOption } from '../../crds/sink.ts';
import { unprintableDate } from '../../crds/time-format.ts';
import type { Field } from '../engine/column.ts';
import type { OutputColumn } from '../formats/row-encoder.ts';

const BOUNDS: ReadonlySet<string> = new Set(['window.start', 'window.end']);
const BOUND_FORMAT = 'yyyy-MM-dd HH:mm:ss';

/** The part of a sink's settings that speaks of columns. */
export interface ColumnChoice {
  readonly columns?: readonly string[] | undefined;
  readonly columnOptions: Readonly<Record<string, ColumnOption>>;
}

/** The part of a JobPlan that says what a result row is. */
export interface ResultRow {
  readonly resultFields: readonly Field[];
  readonly rows: { readonly eventTime: Field | undefined };
}

/** The columns in their order, or all that is wrong; `path` is where the choice stands in the manifest. */
export function resolveColumns(
  choice: ColumnChoice,
  row: ResultRow,
  path: readonly PropertyKey[],
): { readonly columns: readonly OutputColumn[] } | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const fields = new Map(row.resultFields.map((field) => [field.name, field]));
  const names = choice.columns ?? [...fields.keys()];
  const report = (below: readonly PropertyKey[], message: string): void => {
    problems.push({ path: pathText([...path, ...below]), message });
  };
  for (const name of Object.keys(choice.columnOptions)) {
    if (names.includes(name)) continue;
    report(['columnOptions', name], `must be the setting of a column${suggestion(name, names)}`);
  }
  const columns = names.flatMap((name, index) => {
    const option = Object.hasOwn(choice.columnOptions, name) ? choice.columnOptions[name]! : {};
    const field = fields.get(option.from ?? name);
    if (!field) report(...unknownField(name, index, { option, known: fields.keys() }));
    else expectPrintable(option, field, (member, message) => report(['columnOptions', name, member], message));
    return field ? [outputColumn(name, field, option, row)] : [];
  });
  return problems.length > 0 ? { problems } : { columns };
}

function unknownField(
  name: string,
  index: number,
  { option, known }: { option: ColumnOption; known: Iterable<string> },
): [readonly PropertyKey[], string] {
  const missing = option.from ?? name;
  const got = `got ${JSON.stringify(missing)}${suggestion(missing, known)}`;
  if (option.from !== undefined) return [['columnOptions', name, 'from'], `must name a known field; ${got}`];
  return [['columns', index], `must name a field of the result, or have a from in columnOptions; ${got}`];
}

function expectPrintable(
  { format, timezone }: ColumnOption,
  { name, type: { kind } }: Field,
  report: (member: string, message: string) => void,
): void {
  const got = `; got ${name}, which is ${kind}`;
  if (timezone !== undefined && kind !== 'timestamp')
    report('timezone', `must be absent unless the column is a timestamp${got}`);
  if (format === undefined || kind === 'timestamp') return;
  const problem = kind === 'date' ? unprintableDate(format) : 'must be absent unless the column is a timestamp or date';
  if (problem !== undefined) report('format', problem + got);
}

/** A bound has no field of its own in the records: it prints as event times are meant. */
function outputColumn(name: string, field: Field, option: ColumnOption, { rows }: ResultRow): OutputColumn {
  const isBound = BOUNDS.has(field.name);
  const format = option.format ?? field.format ?? (isBound ? BOUND_FORMAT : undefined);
  const timezone = option.timezone ?? field.timezone ?? (isBound ? rows.eventTime?.timezone : undefined);
  return { name, field, format, timezone };
}
