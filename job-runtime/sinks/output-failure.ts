/** What the system's error codes mean for somebody who wants results in a folder: what to do, on one line. */
import { StreamJobError } from '../errors.ts';

const NOT_PERMITTED = 'no permission; make it writable or use another folder';
const NO_FOLDER = 'a part of the path is a file; use the path of a folder';

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EROFS: 'the file system is read-only; use another folder',
  ENOSPC: 'the disk is full; make room or use another folder',
  EDQUOT: 'the disk quota is used up; make room or use another folder',
  EFBIG: 'the file would be too big for its file system; lower maxRows',
  ENOTDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
  EISDIR: 'a folder has this name; remove it or use another folder',
  ENOENT: 'the folder is not there; make it or use another one',
  ENAMETOOLONG: 'the name is too long for this folder; give the job a shorter name',
  ELOOP: 'too many symbolic links; use another path',
};

/** Passes in a while, or with fewer files open. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EBUSY',
  'EINTR',
  'EMFILE',
  'ENFILE',
  'ESTALE',
  'ETIMEDOUT',
  'EIO',
]);

/** `task` completes "cannot …" and names the path: "write out/a.csv". An error that is no system's is returned as it is. */
export function outputFailure(error: unknown, task: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error;
  const remedy = REMEDIES[code];
  const message = `cannot ${task}: ${remedy === undefined ? (error as Error).message : `${remedy} (${code})`}`;
  return new StreamJobError(TRANSIENT.has(code) ? 'SinkUnavailable' : 'OutputFailed', message, { cause: error });
}
