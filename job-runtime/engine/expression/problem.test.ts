import { describe, expect, test } from '@jest/globals';
import { parseFieldType } from '../../../crds/field-type.ts';
import { compileExpression } from './compile.ts';

const types = { price: 'long', 'C/A': 'string', s: 'string', tags: 'array<long>', t: 'timestamp' };
const fields = Object.entries(types).map(([name, type], slot) => ({ name, type: parseFieldType(type), slot }));

function problemOf(source: string, expected?: 'bool'): string {
  const compiled = compileExpression(source, fields, expected);
  return 'problem' in compiled ? compiled.problem : 'none';
}

describe('problems are one line with a place', () => {
  test.each([
    { source: 'pirce > 1', want: 'column 1: there is no field pirce; did you mean price?' },
    { source: '1 +\n record.ca', want: 'line 2, column 2: there is no field ca; did you mean record["C/A"]?' },
    {
      source: 'price * 0.908',
      want: 'column 1: no such overload: int * double; CEL mixes no number types: write double(…) around the int, or a literal such as 40.0',
    },
    { source: 'price >', want: 'column 8: unexpected token: EOF' },
    { source: 'price + 1', expected: 'bool' as const, want: 'column 1: a filter is true or false; this is an int' },
    {
      source: 't - t',
      want: 'column 1: no field holds a google.protobuf.Duration; take its getSeconds() or getMilliseconds()',
    },
    { source: 's.matches("(a")', want: 'column 1: not a regular expression: missing closing ): `(a`' },
    { source: 's.matches("((a{0,100}){0,10}){0,2}")', want: expect.stringMatching(/regular expression/) },
    { source: 't.getHours("Mars")', want: 'column 1: "Mars" is no time zone' },
    {
      source: 'timestamp("yesterday")',
      want: 'column 1: "yesterday" is no timestamp; one is written "2024-01-31T08:00:00Z"',
    },
    { source: 'format(t, "yyyy-QQ")', want: expect.stringMatching(/time format "yyyy-QQ"/) },
    { source: '9223372036854775808 > price', want: 'column 1: 9223372036854775808 is beyond 64 bits' },
    { source: 'duration("1h") + t', want: 'column 1: write the timestamp first: timestamp + duration' },
    {
      source: 'record',
      want: 'column 1: record stands for no value of its own: name a field of it, record.NAME or record["NAME"]',
    },
    {
      source: '[1].exists(price, price > 0)',
      want: 'column 1: the variable price would hide the field of that name; call it something else',
    },
    {
      source: '[1].all(a, [1].all(b, [1].all(c, a + b + c > 0)))',
      want: 'column 23: at most 2 loops over lists may stand one inside another',
    },
    {
      source: 'tags.all(v, s.split("").size() > v)',
      want: 'column 13: split stands in no expression that walks a list for each element of another',
    },
    { source: `${'1 + '.repeat(600)}1`, want: expect.stringMatching(/at most 2048 characters/) },
    { source: `${'1+'.repeat(700)}1`, want: expect.stringMatching(/exceeded maxAstNodes/) },
    { source: 's.int(1)', want: expect.stringMatching(/no matching overload for 'string.int\(int\)'/) },
  ])('$#: $want', ({ source, expected, want }) => {
    const problem = problemOf(source, expected);
    expect(problem).toEqual(want);
    expect(problem).not.toContain('\n');
  });
});
