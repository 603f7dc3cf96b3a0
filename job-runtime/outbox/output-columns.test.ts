import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../crds/field-type.ts';
import type { Field } from '../engine/column.ts';
import type { ColumnChoice, ResultRow } from './output-columns.ts';
import { resolveColumns } from './output-columns.ts';

const NEW_YORK = 'America/New_York';
const timestamp: FieldType = { kind: 'timestamp' };

function rowOf(fields: readonly Omit<Field, 'slot'>[], timezone?: string): ResultRow {
  const eventTime: Field = {
    name: 'TIMESTAMP',
    type: timestamp,
    slot: 0,
    ...(timezone === undefined ? {} : { timezone }),
  };
  return { resultFields: fields.map((field, slot) => ({ ...field, slot })), rows: { eventTime } };
}

const windowed = rowOf(
  [
    { name: 'window.start', type: timestamp },
    { name: 'window.end', type: timestamp },
    { name: 'STATION', type: { kind: 'string' } },
    { name: 'DATE', type: { kind: 'date' }, format: 'MM-dd-yy' },
    { name: 'ENTRIES', type: { kind: 'long' } },
  ],
  NEW_YORK,
);

const resolve = (choice: Partial<ColumnChoice>, row: ResultRow = windowed): ReturnType<typeof resolveColumns> =>
  resolveColumns({ columnOptions: {}, ...choice }, row, ['spec', 'sink', 'file']);

/** Columns as text: name=field format zone. */
function columns(choice: Partial<ColumnChoice>, row: ResultRow = windowed): string[] {
  const resolved = resolve(choice, row);
  if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems));
  return resolved.columns.map(({ name, field, format, timezone }) =>
    [`${name}=${field.name}`, format, timezone].filter(Boolean).join(' '),
  );
}

describe('columns', () => {
  test('by default are all of the result row, with window bounds in the zone of the event time', () => {
    expect(columns({})).toEqual([
      `window.start=window.start yyyy-MM-dd HH:mm:ss ${NEW_YORK}`,
      `window.end=window.end yyyy-MM-dd HH:mm:ss ${NEW_YORK}`,
      'STATION=STATION',
      'DATE=DATE MM-dd-yy',
      'ENTRIES=ENTRIES',
    ]);
  });

  test('are those named, in their order', () => {
    expect(columns({ columns: ['ENTRIES', 'STATION'] })).toEqual(['ENTRIES=ENTRIES', 'STATION=STATION']);
  });

  test('take their value and form from their options', () => {
    const columnOptions = {
      DATE: { from: 'window.end', format: 'MM/dd/yyyy' },
      TIME: { from: 'window.end', format: 'HH:mm:ss', timezone: 'UTC' },
      DAY: { from: 'DATE' },
    };
    expect(columns({ columns: ['DATE', 'TIME', 'DAY'], columnOptions })).toEqual([
      `DATE=window.end MM/dd/yyyy ${NEW_YORK}`,
      'TIME=window.end HH:mm:ss UTC',
      'DAY=DATE MM-dd-yy',
    ]);
  });

  test('of times keep the form of their field', () => {
    const row = rowOf([{ name: 'TIMESTAMP', type: timestamp, format: 'epochMillis', timezone: NEW_YORK }]);
    expect(columns({}, row)).toEqual([`TIMESTAMP=TIMESTAMP epochMillis ${NEW_YORK}`]);
    expect(columns({ columnOptions: { TIMESTAMP: { format: 'HH:mm' } } }, row)).toEqual([
      `TIMESTAMP=TIMESTAMP HH:mm ${NEW_YORK}`,
    ]);
  });

  test('of a name that every object has are like any other', () => {
    expect(columns({}, rowOf([{ name: 'constructor', type: { kind: 'string' } }]))).toEqual([
      'constructor=constructor',
    ]);
  });
});

describe('problems', () => {
  test.each<{ what: string; choice: Partial<ColumnChoice>; path: string; message: string }>([
    {
      what: 'a column that is no field',
      choice: { columns: ['STATON'] },
      path: 'spec.sink.file.columns[0]',
      message:
        'must name a field of the result, or have a from in columnOptions; got "STATON"; did you mean "STATION"?',
    },
    {
      what: 'a from that is no field',
      choice: { columns: ['TIME'], columnOptions: { TIME: { from: 'window.ends' } } },
      path: 'spec.sink.file.columnOptions.TIME.from',
      message: 'must name a known field; got "window.ends"; did you mean "window.end"?',
    },
    {
      what: 'options of no column',
      choice: { columns: ['ENTRIES'], columnOptions: { ENTRY: { from: 'ENTRIES' } } },
      path: 'spec.sink.file.columnOptions.ENTRY',
      message: 'must be the setting of a column; known are ENTRIES',
    },
    {
      what: 'a format on a number',
      choice: { columnOptions: { ENTRIES: { format: 'HH' } } },
      path: 'spec.sink.file.columnOptions.ENTRIES.format',
      message: 'must be absent unless the column is a timestamp or date; got ENTRIES, which is long',
    },
    {
      what: 'a time of day on a date',
      choice: { columnOptions: { DATE: { format: 'yyyy HH' } } },
      path: 'spec.sink.file.columnOptions.DATE.format',
      message: 'must have no time of day for a date; got DATE, which is date',
    },
    {
      what: 'a zone on a date',
      choice: { columnOptions: { DATE: { timezone: 'UTC' } } },
      path: 'spec.sink.file.columnOptions.DATE.timezone',
      message: 'must be absent unless the column is a timestamp; got DATE, which is date',
    },
  ])('$what', ({ choice, path, message }) => {
    expect(resolve(choice)).toEqual({ problems: [{ path, message }] });
  });

  test('come all at once', () => {
    const resolved = resolve({
      columns: ['A', 'STATION'],
      columnOptions: { STATION: { format: 'HH', timezone: 'UTC' } },
    });
    expect('problems' in resolved && resolved.problems).toHaveLength(3);
  });
});
