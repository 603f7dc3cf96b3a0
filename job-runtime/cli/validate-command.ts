/** `streamjob validate`: all that is wrong with manifests. */
import { printFailure } from './failure.ts';
import { judge } from './judgement.ts';
import { readManifests } from './manifest-file.ts';
import { problemLines } from './problem-text.ts';
import { EXIT } from './world.ts';
import type { World } from './world.ts';

/** Sound files are named on stdout, problems on stderr. */
export async function validateCommand(files: readonly string[], world: World): Promise<number> {
  let exitCode: number = EXIT.done;
  for (const file of files) if (!(await isSound(file, world))) exitCode = EXIT.wrongInput;
  return exitCode;
}

async function isSound(file: string, { stdin, stdout, stderr }: World): Promise<boolean> {
  const read = await readManifests(file, stdin);
  if ('complaint' in read) {
    printFailure({ lines: [read.complaint] }, stderr);
    return false;
  }
  const lines = read.manifests.flatMap((manifest) => {
    const judged = judge(manifest.document);
    return 'problems' in judged ? problemLines(judged.problems, manifest) : [];
  });
  for (const line of lines) stderr.stream.write(`${line}\n`);
  if (lines.length === 0) stdout.stream.write(`${read.manifests[0]!.file}: OK\n`);
  return lines.length === 0;
}
