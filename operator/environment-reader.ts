/** Reads the variables that the operator knows; what is wrong with them gathers, so that all is said at once. */
import { PositiveDuration, parseDuration } from '../crds/duration.ts';
import { VARIABLES } from './variables.ts';
import type { Variable, VariableInfo } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The methods return a stand-in for what is wrong. No message repeats a value that might be a secret. */
export class EnvironmentReader {
  /** A line each, which begins with the name of the variable. */
  readonly problems: string[] = [];
  private readonly environment: Environment;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  wrong(name: Variable, message: string): void {
    this.problems.push(`${name}: ${message}`);
  }

  /** An empty variable is an absent one, as Kubernetes and shells leave them; undefined: there is no default. */
  value(name: Variable): string | undefined {
    const info: VariableInfo = VARIABLES[name];
    return this.environment[name] || info.absent;
  }

  /** `accepts`: whether a value is good; `what`: what it must be. */
  text(name: Variable, accepts: (value: string) => boolean, what: string): string {
    const value = this.value(name);
    if (value === undefined) this.wrong(name, `is missing; must be ${what}`);
    else if (!accepts(value)) this.wrong(name, `must be ${what}; got ${JSON.stringify(value)}`);
    return value ?? '';
  }

  oneOf<T extends string>(name: Variable, choices: readonly [T, ...T[]]): T {
    const value = this.value(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.wrong(name, `must be one of ${choices.join(', ')}; got ${JSON.stringify(value)}`);
    return found ?? choices[0];
  }

  yesOrNo(name: Variable): boolean {
    return this.oneOf(name, ['true', 'false']) === 'true';
  }

  integer(name: Variable, least: number, most: number): number {
    const value = this.value(name) ?? '';
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most))
      this.wrong(name, `must be an integer from ${least} to ${most}; got ${JSON.stringify(value)}`);
    return number;
  }

  /** Milliseconds. */
  duration(name: Variable): number {
    const value = this.value(name);
    const parsed = PositiveDuration.safeParse(value);
    if (parsed.success) return parseDuration(parsed.data);
    this.wrong(name, `${parsed.error.issues[0]!.message}; got ${JSON.stringify(value)}`);
    return NaN;
  }

  /** Different texts between commas. */
  list(name: Variable, accepts: (item: string) => boolean, what: string): readonly string[] {
    const value = this.value(name) ?? '';
    const items = [...new Set(value.split(',').map((item) => item.trim()))];
    if (items.length === 1 && items[0] === '') return [];
    const wrong = items.find((item) => !accepts(item));
    if (wrong !== undefined) this.wrong(name, `must be ${what}; got ${JSON.stringify(wrong)}`);
    return items;
  }
}
