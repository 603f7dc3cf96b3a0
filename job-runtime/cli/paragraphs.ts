/** Lays out text for people: a heading at the left, lines beside it, wrapped where they are long. */

const WIDTH = 110;
const INDENT = 10;

/** Each line starts anew beside the heading; what is too long goes on a little further in. */
export function section(heading: string, lines: readonly string[]): string {
  const rows = lines.flatMap((line) => wrapped(line, WIDTH - INDENT));
  return rows.map((row, index) => `${(index === 0 ? heading : '').padEnd(INDENT)}${row}`.trimEnd() + '\n').join('');
}

/** A heading of its own line, for what has parts. */
export function titled(title: string, rows: readonly (readonly [label: string, lines: readonly string[]])[]): string {
  return `${title}\n${rows.map(([label, lines]) => section(`  ${label}`, lines)).join('')}`;
}

function wrapped(line: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of line.split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (longer.length <= width || row.trim() === '') row = longer;
    else {
      rows.push(row);
      row = `  ${word}`;
    }
  }
  return [...rows, row];
}

export const list = (names: readonly string[]): string => names.join(', ');
