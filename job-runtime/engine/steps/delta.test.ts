/** The change of a meter since its previous reading (docs/semantics.md §4). */
import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '../../../crds/field-type.ts';
import type { Cell } from '../../../test/builders/columns.ts';
import { cellAt, columnBatch } from '../../../test/builders/columns.ts';
import { bytesOf, restoreInto, stateOf, stateOfPart } from '../../../test/builders/task-state.ts';
import type { Field } from '../column.ts';
import { Delta } from './delta.ts';

const METER: Field = { name: 'METER', type: { kind: 'string' }, slot: 0 };
const WIDE = 2n ** 62n;
type Row = readonly [time: number, meter: Cell, reading: Cell];

const fieldsOf = (type: FieldType): Field[] => [METER, { name: 'IN', type, slot: 1 }, { name: 'OUT', type, slot: 2 }];

class Subject {
  private readonly fields: readonly Field[];
  private delta: Delta;
  private readonly create: () => Delta;

  constructor(type: FieldType = { kind: 'long' }, maxChange = Infinity, timeToLive = 100) {
    this.fields = fieldsOf(type);
    const [, from, to] = this.fields;
    this.create = () => new Delta([METER], [{ from: from!, to: to! }], maxChange, timeToLive);
    this.delta = this.create();
  }

  changes(...rows: readonly Row[]): Cell[] {
    const batch = columnBatch(
      this.fields,
      rows.map(([time, meter, reading]) => ({ time, cells: [meter, reading, -77] })),
    );
    this.delta.apply(batch);
    if (batch.selected !== rows.length) throw new RangeError('delta drops no row');
    return rows.map((_, row) => cellAt(batch.columns[2]!, row));
  }

  advance(bound: number): void {
    this.delta.advance(bound);
  }

  restore(): number {
    const chunks = stateOf(stateOfPart(this.delta));
    this.delta = this.create();
    restoreInto(stateOfPart(this.delta), chunks);
    return bytesOf(chunks);
  }
}

describe('Delta of a long', () => {
  test.each<{ name: string; rows: Row[]; want: Cell[] }>([
    { name: 'is 0 for a first reading', rows: [[0, 'a', 100]], want: [0] },
    {
      name: 'is the change since the one before',
      rows: [
        [0, 'a', 100],
        [1, 'a', 107],
        [2, 'a', 105],
      ],
      want: [0, 7, -2],
    },
    {
      name: 'tells meters apart',
      rows: [
        [0, 'a', 100],
        [1, 'b', 5],
        [2, 'a', 101],
        [3, 'b', 9],
      ],
      want: [0, 0, 1, 4],
    },
    {
      name: 'takes null for a meter',
      rows: [
        [0, null, 1],
        [1, null, 4],
        [2, '', 9],
      ],
      want: [0, 3, 0],
    },
    {
      name: 'is 0 on a null and after one',
      rows: [
        [0, 'a', 1],
        [1, 'a', null],
        [2, 'a', 5],
        [3, 'a', 6],
      ],
      want: [0, 0, 0, 1],
    },
    {
      name: 'holds for readings as old as timeToLive',
      rows: [
        [0, 'a', 1],
        [100, 'a', 4],
      ],
      want: [0, 3],
    },
    {
      name: 'is 0 after more than timeToLive',
      rows: [
        [0, 'a', 1],
        [101, 'a', 4],
        [102, 'a', 6],
      ],
      want: [0, 0, 2],
    },
    {
      name: 'is exact where doubles are not',
      rows: [
        [0, 'a', WIDE],
        [1, 'a', WIDE + 1n],
        [2, 'a', 3],
      ],
      want: [0, 1, 3n - WIDE - 1n],
    },
    {
      name: 'is 0 where the change does not fit a long',
      rows: [
        [0, 'a', -WIDE],
        [1, 'a', WIDE],
        [2, 'a', WIDE + 2n],
      ],
      want: [0, 0, 2],
    },
    {
      name: 'fits the smallest long',
      rows: [
        [0, 'a', WIDE],
        [1, 'a', -WIDE],
      ],
      want: [0, -(2n ** 63n)],
    },
    {
      name: 'meets before 1970',
      rows: [
        [-50, 'a', 1],
        [-49, 'a', 3],
      ],
      want: [0, 2],
    },
  ])('$name', ({ rows, want }) => {
    expect(new Subject().changes(...rows)).toEqual(want);
    const oneByOne = new Subject();
    expect(
      rows.flatMap((row) => {
        const change = oneByOne.changes(row);
        oneByOne.restore();
        return change;
      }),
    ).toEqual(want);
  });

  test('a change beyond maxChange counts as 0, and the next is taken from there', () => {
    const rows: Row[] = [
      [0, 'a', 0],
      [1, 'a', 10],
      [2, 'a', 21],
      [3, 'a', 11],
      [4, 'a', 0],
    ];
    expect(new Subject({ kind: 'long' }, 10).changes(...rows)).toEqual([0, 10, 0, -10, 0]);
  });
});

describe('Delta of other types', () => {
  test('an int that changes by more than an int holds is 0', () => {
    const rows: Row[] = [
      [0, 'a', -(2 ** 31)],
      [1, 'a', 2 ** 31 - 1],
      [2, 'a', -1],
    ];
    expect(new Subject({ kind: 'int' }).changes(...rows)).toEqual([0, 0, -(2 ** 31)]);
  });

  test('a double that overflows is 0', () => {
    const rows: Row[] = [
      [0, 'a', 0.25],
      [1, 'a', -0.5],
      [2, 'a', 1.7e308],
      [3, 'a', -1.7e308],
    ];
    expect(new Subject({ kind: 'double' }).changes(...rows)).toEqual([0, -0.75, 1.7e308, 0]);
  });

  test('maxChange of a decimal is in its units, not in its last digits', () => {
    const rows: Row[] = [
      [0, 'a', 100],
      [1, 'a', 350],
      [2, 'a', 601],
    ];
    expect(new Subject({ kind: 'decimal', scale: 2 }, 2.5).changes(...rows)).toEqual([0, 250, 0]);
  });

  test('decimals of 38 digits are exact', () => {
    const most = 10n ** 38n - 1n;
    const rows: Row[] = [
      [0, 'a', most - 5n],
      [1, 'a', most],
      [2, 'a', -1n],
      [3, 'a', most],
    ];
    expect(new Subject({ kind: 'decimal', scale: 2 }).changes(...rows)).toEqual([0, 5, 0, 0]);
  });
});

describe('Delta in the long run', () => {
  test('forgets meters, and keeps the readings of the others through sweeps', () => {
    const subject = new Subject();
    const wide = (i: number): bigint => WIDE + BigInt(i);
    for (let from = 0; from < 20_000; from += 500) {
      const rows = Array.from({ length: 500 }, (_, k): Row => [from + k, `m${from + k}`, 5]);
      subject.changes(...rows, [from + 500, 'steady', wide(from)]);
      subject.advance(from);
    }
    expect(subject.changes([20_001, 'steady', wide(19_507)], [20_001, 'm19999', 6])).toEqual([7, 1]);
    subject.advance(20_100);
    expect(subject.restore()).toBeLessThan(100);
    expect(subject.changes([20_101, 'steady', wide(19_508)])).toEqual([1]);
  });
});
