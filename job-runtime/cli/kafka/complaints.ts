/** What is said of a command line that cannot be followed, and which of its flags concern the manifest. */
import type { Flags } from '../arguments.ts';
import { printFailure } from '../failure.ts';
import { EXIT } from '../world.ts';
import type { World } from '../world.ts';

/** One line. */
export interface Complaint {
  readonly complaint: string;
}

/** Says it, and gives the exit code. */
export function wrong(complaints: readonly string[], { stderr }: World): number {
  for (const complaint of complaints) printFailure({ lines: [complaint] }, stderr);
  return EXIT.wrongInput;
}

/** The others are not about the job, though some are named like those that change it. */
export const namedOnly = (flags: Flags): Flags => new Map([...flags].filter(([name]) => name === 'name'));
