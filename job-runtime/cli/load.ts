/** From a command line to one job with its plan, or to every complaint about it, printed. */
import type { Flags } from './arguments.ts';
import { printFailure } from './failure.ts';
import { judge } from './judgement.ts';
import type { PlannedJob } from './judgement.ts';
import { chooseManifest, readManifests } from './manifest-file.ts';
import { override } from './overrides.ts';
import { problemLines } from './problem-text.ts';
import type { World } from './world.ts';

/** Undefined where something is wrong with the manifest or the flags; then it has been said. */
export async function loadJob(file: string, flags: Flags, world: World): Promise<PlannedJob | undefined> {
  const read = await readManifests(file, world.stdin);
  const chosen = 'complaint' in read ? read : chooseManifest(read.manifests, flags.get('name')?.at(-1));
  if ('complaint' in chosen) {
    printFailure({ lines: [chosen.complaint] }, world.stderr);
    return undefined;
  }
  const { document, origins, complaints } = override(chosen.document, flags);
  const judged = judge(document);
  if (!('problems' in judged) && complaints.length === 0) return judged;
  const problems = 'problems' in judged ? problemLines(judged.problems, chosen, origins) : [];
  for (const line of [...complaints, ...problems]) world.stderr.stream.write(`${line}\n`);
  return undefined;
}
