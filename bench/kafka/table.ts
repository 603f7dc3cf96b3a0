/** Tables as docs/benchmarks.md has them, a row as soon as it is there. */
export type Cell = string | number;

export class Table {
  private readonly write: (text: string) => void;

  constructor(columns: readonly string[], write: (text: string) => void) {
    this.write = write;
    this.row(...columns);
    this.row(...columns.map(() => '---'));
  }

  row(...cells: readonly Cell[]): void {
    this.write(
      `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)).join(' | ')} |\n`,
    );
  }
}

/** `sorted` ascending; 0 < share ≤ 1. */
export function percentile(sorted: readonly number[] | Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export const seconds = (millis: number, digits = 2): string => `${(millis / 1000).toFixed(digits)} s`;
export const megabytes = (size: number): string => `${Math.round(size)} MB`;
