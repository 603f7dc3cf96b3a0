/** Riders per station and hour in the week 240106, against a plain loop over the file that knows nothing of streams. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { dataFile, describeWithData } from '../harness/skip.ts';
import { PATIENCE_MILLIS } from './answers.ts';
import { inPlainNode } from './plain-node.ts';

const WEEK = 'mta/240106.csv.gz';
const MOST = 7200;

interface Reading {
  readonly device: string;
  readonly station: string;
  /** `yyyy-MM-dd HH:mm:ss` */
  readonly at: string;
  readonly registers: readonly number[];
}

/** In the order of time; readings of one time in the order of the file. */
function readings(): Reading[] {
  const [, ...lines] = gunzipSync(readFileSync(dataFile(WEEK)))
    .toString()
    .trimEnd()
    .split('\n');
  const all = lines.map((line) => {
    const [, ca, unit, scp, station, , , date, time, , entries, exits] = line.trimEnd().split(',');
    const [month, day, year] = date!.split('/');
    const at = `${year}-${month}-${day} ${time}`;
    return { device: `${ca} ${unit} ${scp}`, station: station!, at, registers: [Number(entries), Number(exits)] };
  });
  return all.sort((a, b) => Number(a.at > b.at) - Number(a.at < b.at));
}

const change = (from: number, to: number): number => (Math.abs(to - from) <= MOST ? Math.abs(to - from) : 0);

/** By `hour,station`: those who entered and those who left. */
function ridersByHand(): Map<string, [number, number]> {
  const previous = new Map<string, Reading>();
  const riders = new Map<string, [number, number]>();
  for (const reading of readings()) {
    const { device, station, at, registers } = reading;
    const before = (previous.get(device) ?? reading).registers;
    previous.set(device, reading);
    const hour = `${at.slice(0, 13)}:00:00,${station}`;
    const [entered, left] = riders.get(hour) ?? [0, 0];
    riders.set(hour, [entered + change(before[0]!, registers[0]!), left + change(before[1]!, registers[1]!)]);
  }
  return riders;
}

describeWithData('riders per station and hour in the week 240106', [WEEK], () => {
  test.each([
    ['keyed by turnstile', []],
    [
      'without a key, on 3 partitions, so that readings are shuffled',
      ['--partitions', '3', '--set', 'spec.producer.key='],
    ],
  ])(
    '%s: 11,191,644 entered and 20,490,665 left, each hour and station as a plain loop has it',
    async (_name, flags) => {
      const all = ['--input', dataFile(WEEK), '--sink', 'console', '--format', 'csv', ...flags];
      const printed = await inPlainNode('printedBy', 'riders', all);
      const [header, ...rows] = printed.split('\n').slice(0, -1);
      expect(header).toBe('window.start,STATION,ENTERED,LEFT');
      expect(rows).toHaveLength(20_024);
      const total = (column: number): number => rows.reduce((sum, row) => sum + Number(row.split(',')[column]), 0);
      expect([total(2), total(3)]).toEqual([11_191_644, 20_490_665]);
      const expected = [...ridersByHand()].map(([hour, [entered, left]]) => `${hour},${entered},${left}`);
      expect(rows.sort()).toEqual(expected.sort());
    },
    PATIENCE_MILLIS,
  );
});
