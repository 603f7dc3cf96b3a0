/**
 * From the words of the command line to what is asked for, or to all that is wrong with them at once. Values are not
 * judged here: most become part of the manifest, and its schema says what is right.
 */
import { parseArgs } from 'node:util';
import { nearest, suggestion } from '../../crds/nearest.ts';
import { VERBS, VERB_INFO, isVerb } from './verbs.ts';
import type { Flag, Verb } from './verbs.ts';

/** Values of the flags that were given, in their order. */
export type Flags = ReadonlyMap<string, readonly string[]>;

export type CommandLine =
  | { readonly kind: 'help'; readonly verb?: Verb }
  | { readonly kind: 'version' }
  | { readonly kind: 'command'; readonly verb: Verb; readonly files: readonly string[]; readonly flags: Flags }
  | { readonly kind: 'wrong'; readonly complaints: readonly string[]; readonly verb?: Verb };

const ALL_VERBS = `${VERBS.slice(0, -1).join(', ')} or ${VERBS.at(-1)}`;

export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first, ...rest] = args;
  if (first === undefined) return { kind: 'wrong', complaints: [`give a verb: ${ALL_VERBS}`] };
  if (first === '--version' || first === '-V') return { kind: 'version' };
  if (first === '--help' || first === '-h' || first === 'help') {
    const verb = rest.find(isVerb);
    return { kind: 'help', ...(verb && { verb }) };
  }
  if (isVerb(first)) return parseVerb(first, rest);
  if (first.startsWith('-')) return { kind: 'wrong', complaints: [`the verb comes first: ${ALL_VERBS}; got ${first}`] };
  return { kind: 'wrong', complaints: [`unknown verb ${JSON.stringify(first)}${verbHint(first, args)}`] };
}

/** Who leaves out the verb mostly wants to run. */
function verbHint(word: string, args: readonly string[]): string {
  if (/\.(ya?ml|json)$/.test(word)) return `; to run it: streamjob run ${args.join(' ')}`;
  return suggestion(word, VERBS);
}

/** What parseArgs makes of one word or two. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function parseVerb(verb: Verb, args: readonly string[]): CommandLine {
  const known = VERB_INFO[verb].flags;
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        ...(name === 'help' && { short: 'h' }),
      },
    ]),
  );
  // Not strict: it would throw at the first mistake, without the nearest name.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const flags = new Map<string, string[]>();
  const files: string[] = [];
  const complaints: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') files.push(token.value);
    if (token.kind !== 'option') continue;
    const complaint = misuse(token, known);
    if (complaint === undefined) flags.set(token.name, [...(flags.get(token.name) ?? []), token.value ?? '']);
    else complaints.push(complaint);
  }
  if (flags.has('help')) return { kind: 'help', verb };
  // A misused flag may have left its value behind as a file, or taken the file as its value.
  if (complaints.length === 0) complaints.push(...wrongFiles(verb, files));
  if (complaints.length > 0) return { kind: 'wrong', verb, complaints };
  return { kind: 'command', verb, files, flags };
}

function misuse(
  { name, rawName, value, inlineValue }: OptionToken,
  known: Readonly<Record<string, Flag>>,
): string | undefined {
  const flag = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!flag) return `unknown flag ${rawName}${flagHint(name, Object.keys(known))}`;
  if (flag.value === undefined) return value === undefined ? undefined : `${rawName} takes no value`;
  const isAnotherFlag = inlineValue === false && /^--?[A-Za-z]/.test(value ?? '');
  return value === undefined || isAnotherFlag ? `${rawName} needs a value: ${rawName} ${flag.value}` : undefined;
}

function flagHint(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean --${near}?`;
}

function wrongFiles(verb: Verb, files: readonly string[]): string[] {
  const { operands, operand } = VERB_INFO[verb];
  if (files.length < operand.least) return [`${verb} needs a ${operand.is}: streamjob ${verb} ${operands}`];
  return files.length <= operand.most ? [] : [`${verb} takes one ${operand.is}; got ${files.join(', ')}`];
}
