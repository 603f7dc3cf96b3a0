/** What `node operator/main.ts` says of itself, and what its arguments ask for. Pure: the caller prints. */
import { VARIABLES } from './variables.ts';
import type { VariableInfo } from './variables.ts';

/** `print`: to standard output, and then end well; `problem`: one line for standard error. */
export type Command = { readonly run: true } | { readonly print: string } | { readonly problem: string };

/** `args`: what stands behind the name of the program. */
export function commandOf(args: readonly string[], version: string): Command {
  const unknown = args.find((argument) => !['--help', '-h', '--version'].includes(argument));
  if (unknown !== undefined)
    return {
      problem: `unknown argument ${JSON.stringify(unknown)}; the operator is told by its environment: see --help`,
    };
  if (args.includes('--version')) return { print: `${version}\n` };
  return args.length > 0 ? { print: helpText() } : { run: true };
}

export function helpText(): string {
  return [
    'Usage: node operator/main.ts [--help | --version]',
    '',
    'Runs the StreamJobs of a Kubernetes cluster. It is told by its environment:',
    '',
    ...Object.entries<VariableInfo>(VARIABLES).flatMap(([name, info]) => paragraph(name, info)),
    '',
    'Durations are written as 500ms, 30s, 5m or 1h30m.',
    '',
  ].join('\n');
}

function paragraph(name: string, { absent, help }: VariableInfo): string[] {
  return [`  ${name}`, `      ${help}${absent ? ` Default: ${absent}.` : ''}`];
}
