/** Texts that people read, kept in test/operator/golden and compared; UPDATE_GOLDEN=1 writes them anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';

const FOLDER = path.join(import.meta.dirname, 'golden');

/** Fails with the difference, or writes the text if it is told to, or if there is none yet and this is no CI. */
export function expectGolden(name: string, text: string): void {
  const file = path.join(FOLDER, `${name}.txt`);
  const mayWrite = process.env['UPDATE_GOLDEN'] === '1' || (!existsSync(file) && process.env['CI'] === undefined);
  if (mayWrite) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

/** A table of kubectl with columns as wide as what is left in them once `cell` has taken out what differs each time. */
export function normalTable(text: string, cell: (value: string, column: string) => string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const starts = [...header.matchAll(/\S+( \S+)*/g)].map(({ index }) => index);
  const cellsOf = (line: string): string[] => starts.map((start, i) => line.slice(start, starts[i + 1]).trim());
  const names = cellsOf(header);
  const rows = lines.map((line) => cellsOf(line).map((value, i) => cell(value, names[i]!)));
  const widths = names.map((_, i) => Math.max(...[names, ...rows].map((row) => row[i]!.length)));
  const rendered = [names, ...rows].map((row) => row.map((value, i) => value.padEnd(widths[i]!)).join('   '));
  return `${rendered.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** What differs from one run to the next in any text. */
export const normalText = (text: string): string =>
  text
    .replaceAll(/-[0-9a-f]{8,10}-[a-z0-9]{5}\b/g, '-HASH-PODID')
    // The first attempt says more than the later ones.
    .replaceAll(/ cannot be pulled: .*not found/g, ' cannot be pulled');
