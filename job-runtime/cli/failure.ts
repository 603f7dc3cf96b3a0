/**
 * What is said when a command fails, and the exit code. What a person did, or the machine, takes one line; anything
 * else is a mistake of this program and shows where.
 */
import { isStreamJobError } from '../errors.ts';
import type { Screen } from './world.ts';
import { EXIT } from './world.ts';
import { paintFor } from './paint.ts';

export interface Failure {
  readonly exitCode: number;
  /** Without "streamjob:". */
  readonly lines: readonly string[];
}

export function failureOf(error: unknown): Failure {
  if (isStreamJobError(error)) {
    return {
      exitCode: isStreamJobError(error, 'ConfigInvalid') ? EXIT.wrongInput : EXIT.failed,
      lines: [oneLine(error.message)],
    };
  }
  if (isSystemError(error)) return { exitCode: EXIT.failed, lines: [oneLine(error.message)] };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: EXIT.failed,
    lines: [
      'this is a mistake in streamjob itself; please report it, with the lines below and your manifest',
      ...stack.split('\n'),
    ],
  };
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');

/** Of the machine: a full disk, a missing file, a refused connection. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

export function printFailure({ lines }: Pick<Failure, 'lines'>, { stream, colours }: Screen): void {
  const [first = '', ...rest] = lines;
  stream.write([`${paintFor(colours)('red', 'streamjob:')} ${first}`, ...rest].map((line) => `${line}\n`).join(''));
}
