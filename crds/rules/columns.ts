/** The columns of the sink come from the result row. */
import { resultFields, WINDOW_BOUNDS } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { FieldType } from '../field-type.ts';
import { suggestion } from '../nearest.ts';
import { SINK_NAMES } from '../sink.ts';
import type { ColumnOption, SinkName } from '../sink.ts';
import { unprintableDate } from '../time-format.ts';
import { KNOWN_FIELD } from './cel.ts';
import { expectField } from './names.ts';
import { specRule } from './spec-rule.ts';
import type { Cel, Report } from './spec-rule.ts';

/** With a window CEL can tell every column; without one, the fields that some step or the schema makes. */
function celColumns(sink: SinkName): Cel[] {
  const bounds = WINDOW_BOUNDS.map((name) => `'${name}'`).join(', ');
  const options = `self.sink.${sink}.columnOptions`;
  const given = `name in ${options} && has(${options}[name].from)`;
  const ofRow = `(has(self.window) ? name in [${bounds}] || name in self.window.groupBy || name in self.window.aggregate : ${KNOWN_FIELD})`;
  return [
    {
      rule: `!has(self.sink.${sink}) || !has(self.sink.${sink}.columns) || self.sink.${sink}.columns.all(name, ${given} || ${ofRow})`,
      message: 'must name fields of the result, or columns whose columnOptions have a from',
      fieldPath: `.sink.${sink}.columns`,
    },
    {
      rule: `!has(self.sink.${sink}) || !has(self.sink.${sink}.columns) || ${options}.all(name, name in self.sink.${sink}.columns)`,
      message: 'must be settings of columns',
      fieldPath: `.sink.${sink}.columnOptions`,
    },
  ];
}

export const sinkColumns = specRule(
  ['schema', 'steps', 'window', 'sink'],
  ({ sink, ...job }, report) => {
    const name = SINK_NAMES.find((candidate) => sink[candidate]);
    const given = name && sink[name];
    if (!given) return;
    const row = resultFields(job);
    const { columns, columnOptions } = given;
    const named = columns ?? [...row.keys()];
    columns?.forEach((column, index) => {
      if (columnOptions[column]?.from === undefined)
        expectColumn(column, row, ['sink', name, 'columns', index], report);
    });
    for (const [column, option] of Object.entries(columnOptions)) {
      const path = ['sink', name, 'columnOptions', column];
      if (!named.includes(column)) report(path, `must be the setting of a column${suggestion(column, named)}`);
      else expectOption({ option, source: option.from ?? column }, row, path, report);
    }
    sink.kafka?.key?.forEach((column, index) => {
      if (!named.includes(column)) expectField(column, row, ['sink', 'kafka', 'key', index], report);
    });
  },
  SINK_NAMES.flatMap(celColumns),
);

function expectColumn(column: string, row: Fields, path: readonly PropertyKey[], report: Report): void {
  if (row.has(column)) return;
  report(
    path,
    `must name a field of the result, or have a from in columnOptions; got ${JSON.stringify(column)}${suggestion(column, row.keys())}`,
  );
}

function expectOption(
  { option, source }: { option: ColumnOption; source: string },
  row: Fields,
  path: readonly PropertyKey[],
  report: Report,
): void {
  if (option.from !== undefined) expectField(option.from, row, [...path, 'from'], report);
  const type = row.get(source);
  if (!type) return;
  const problem = formatProblem(option, type);
  if (problem) report([...path, problem.member], `${problem.message}; got ${source}, which is ${type.kind}`);
}

function formatProblem(
  { format, timezone }: ColumnOption,
  { kind }: FieldType,
): { member: string; message: string } | undefined {
  if (timezone !== undefined && kind !== 'timestamp')
    return { member: 'timezone', message: 'must be absent unless the column is a timestamp' };
  if (format === undefined || kind === 'timestamp') return undefined;
  if (kind !== 'date') return { member: 'format', message: 'must be absent unless the column is a timestamp or date' };
  const message = unprintableDate(format);
  return message === undefined ? undefined : { member: 'format', message };
}
