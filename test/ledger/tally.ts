/** Counts texts that are expected and texts that are found, and says what is missing, too often, or out of place. */

/** So many of each kind are told one by one. */
const TOLD = 5;

export interface Balance {
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  /** Found more often than expected, and expected at least once. */
  readonly duplicates: number;
  /** Found and never expected. */
  readonly foreign: number;
  /** Some of what is wrong, a line each; empty: the books balance. */
  readonly examples: readonly string[];
}

export class Tally {
  /** How often each text is still to be found; negative: it was found too often. */
  private readonly due = new Map<string, number>();
  private readonly foreign = new Map<string, number>();
  private expected = 0;
  private foundCount = 0;

  expect(text: string): void {
    this.expected++;
    this.due.set(text, (this.due.get(text) ?? 0) + 1);
  }

  found(text: string): void {
    this.foundCount++;
    const due = this.due.get(text);
    if (due === undefined) this.foreign.set(text, (this.foreign.get(text) ?? 0) + 1);
    else this.due.set(text, due - 1);
  }

  balance(): Balance {
    const missing = [...this.due].filter(([, count]) => count > 0);
    const twice = [...this.due].filter(([, count]) => count < 0).map(([text, count]) => [text, -count] as const);
    const foreign = [...this.foreign];
    return {
      expected: this.expected,
      found: this.foundCount,
      missing: sum(missing),
      duplicates: sum(twice),
      foreign: sum(foreign),
      examples: [...told('missing', missing), ...told('too often', twice), ...told('unexpected', foreign)],
    };
  }
}

type Counted = readonly (readonly [text: string, count: number])[];

const sum = (counted: Counted): number => counted.reduce((total, [, count]) => total + count, 0);

const told = (what: string, counted: Counted): string[] =>
  counted.slice(0, TOLD).map(([text, count]) => `${what}: ${text}${count > 1 ? ` (${count} times)` : ''}`);
