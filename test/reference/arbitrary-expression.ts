/** Random CEL expressions over known fields, some of which fail on some records. */
import type { Choose } from './choices.ts';

export type Typed = Readonly<{ name: string; type: string; isNullable: boolean }>;
type Expression = Readonly<{ text: string; type: string }>;

const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  long: ['v > 0', 'v % 3 != 0', '10 / v > 1', 'v in [0, 1, 2, 5]', 'v * 3 < 1000', 'v == 1'],
  double: ['v > 0.5', 'v < 1000.0', 'v == 0.25', 'v / 2.0 >= v'],
  string: [
    'v == "A"',
    'v.startsWith("B")',
    'size(v) > 1',
    'v.contains("ü")',
    'v.matches("^[AB]$")',
    'v < "B"',
    'size(v) > 0 && int(v) > 0',
  ],
  boolean: ['v', '!v', 'v == true'],
  timestamp: [
    'v > timestamp("2024-03-10T07:00:00Z")',
    'v.getHours() < 12',
    'v.getMinutes("America/New_York") % 2 == 0',
    'v.getSeconds() != 0',
  ],
};
const VALUES: Readonly<Record<string, readonly (readonly [type: string, text: string])[]>> = {
  long: [
    ['long', 'v + 1'],
    ['long', 'v * 2'],
    ['long', '1000 / v'],
    ['long', 'v % 7'],
    ['double', 'double(v) / 4.0'],
    ['string', 'string(v)'],
    ['boolean', 'v > 2'],
  ],
  double: [
    ['double', 'v * 2.0'],
    ['double', 'v * -1.0'],
    ['double', 'v - 0.25'],
    ['double', '1.0 / v'],
    ['boolean', 'v > 0.5'],
    ['double', 'v > 0.0 ? v : 0.0'],
  ],
  string: [
    ['string', 'v + "!"'],
    ['long', 'size(v)'],
    ['string', 'v == "A" ? "first" : v'],
    ['long', 'v == "" ? 0 : int(v)'],
    ['boolean', 'v == "A"'],
  ],
  boolean: [
    ['boolean', '!v'],
    ['long', 'v ? 1 : 0'],
    ['string', 'v ? "yes" : "no"'],
  ],
  timestamp: [
    ['timestamp', 'v + duration("90s")'],
    ['long', 'v.getDayOfMonth()'],
    ['boolean', 'v < timestamp("2024-07-22T12:00:30Z")'],
  ],
};
/** What takes the place of null. */
const DEFAULTS: Readonly<Record<string, string>> = {
  long: '0',
  double: '0.0',
  string: '"none"',
  boolean: 'false',
  timestamp: 'timestamp("2024-01-01T00:00:00Z")',
};

const celTypeOf = (type: string): string => ({ int: 'long', date: 'timestamp' })[type] ?? type;
const usable = (fields: readonly Typed[]): readonly Typed[] =>
  fields.filter(({ type }) => celTypeOf(type) in CONDITIONS);
const over = (name: string, text: string): string => text.replace(/\bv\b(?!\()/g, name);

export function anyCondition(choose: Choose, fields: readonly Typed[]): string {
  const one = (): string => oneCondition(choose, fields);
  const make = choose<() => string>([
    one,
    one,
    () => `${one()} && ${one()}`,
    () => `${one()} || ${one()}`,
    () => `!(${one()})`,
  ]);
  return make();
}

function oneCondition(choose: Choose, fields: readonly Typed[]): string {
  const known = usable(fields);
  if (known.length === 0) return 'true';
  const { name, type, isNullable } = choose(known);
  const condition = over(name, choose(CONDITIONS[celTypeOf(type)]!));
  return isNullable ? choose([condition, `${name} == null`, `(${name} != null && ${condition})`]) : condition;
}

export function anyValue(choose: Choose, fields: readonly Typed[]): Expression {
  const known = usable(fields);
  if (known.length === 0) return { text: '1', type: 'long' };
  const { name, type, isNullable } = choose(known);
  const celType = celTypeOf(type);
  if (isNullable && choose([true, false]))
    return { text: `${name} == null ? ${DEFAULTS[celType]!} : ${name}`, type: celType };
  const [resultType, text] = choose(VALUES[celType]!);
  return { text: over(name, text), type: resultType };
}
