/** The help texts, made from the tables of verbs and flags. */
import { VERBS, VERB_INFO } from './verbs.ts';
import type { Verb } from './verbs.ts';

export function helpText(verb?: Verb): string {
  return `${(verb ? verbHelp(verb) : overview()).join('\n')}\n`;
}

/** What stands below a complaint about the command line. */
export function helpHint(verb?: Verb): string {
  return `Run "streamjob ${verb ? `${verb} ` : ''}--help" for help.`;
}

function overview(): string[] {
  return [
    'streamjob: exactly-once streaming jobs from one manifest',
    '',
    ...columns(VERBS.map((verb) => [`streamjob ${verb} ${VERB_INFO[verb].operands}`, VERB_INFO[verb].summary])),
    '',
    ...columns([
      ['streamjob VERB --help', 'Flags and examples of a verb.'],
      ['streamjob --version', 'Version of this program.'],
    ]),
    '',
    'Exit codes: 0 done; 1 the job failed; 2 the manifest or the command line is wrong.',
  ];
}

function verbHelp(verb: Verb): string[] {
  const { operands, about, flags, examples } = VERB_INFO[verb];
  const rows = Object.entries(flags).map(([name, { value, help }]): [string, string] => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]);
  return [
    `Usage: streamjob ${verb} ${operands} [FLAGS]`,
    '',
    ...about,
    '',
    'Flags:',
    ...columns(rows),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
