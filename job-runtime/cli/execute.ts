/** Does what a command line asks for and gives the exit code. */
import { parseCommandLine } from './arguments.ts';
import type { CommandLine } from './arguments.ts';
import { failureOf, printFailure } from './failure.ts';
import { helpHint, helpText } from './help.ts';
import { redriveCommand } from './kafka/redrive-command.ts';
import { tailCommand } from './kafka/tail-command.ts';
import { loadJob } from './load.ts';
import { planText } from './plan-text.ts';
import { runCommand } from './run-command.ts';
import { validateCommand } from './validate-command.ts';
import { EXIT } from './world.ts';
import type { World } from './world.ts';

export async function execute(args: readonly string[], world: World): Promise<number> {
  const commandLine = parseCommandLine(args);
  switch (commandLine.kind) {
    case 'help':
      world.stdout.stream.write(helpText(commandLine.verb));
      return EXIT.done;
    case 'version':
      world.stdout.stream.write(`${world.version}\n`);
      return EXIT.done;
    case 'wrong':
      for (const complaint of commandLine.complaints) printFailure({ lines: [complaint] }, world.stderr);
      world.stderr.stream.write(`${helpHint(commandLine.verb)}\n`);
      return EXIT.wrongInput;
    case 'command':
      return executeVerb(commandLine, world);
  }
}

async function executeVerb({ verb, files, flags }: CommandLine & { kind: 'command' }, world: World): Promise<number> {
  try {
    if (verb === 'validate') return await validateCommand(files, world);
    if (verb === 'run') return await runCommand(files[0]!, flags, world);
    if (verb === 'tail') return await tailCommand(files[0]!, flags, world);
    if (verb === 'redrive') return await redriveCommand(files[0], flags, world);
    const planned = await loadJob(files[0]!, flags, world);
    if (!planned) return EXIT.wrongInput;
    world.stdout.stream.write(planText(planned.job, planned.plan));
    return EXIT.done;
  } catch (error) {
    const failure = failureOf(error);
    printFailure(failure, world.stderr);
    return failure.exitCode;
  }
}
