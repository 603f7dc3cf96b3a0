/**
 * Reads the manifest that the operator mounts into the pods, as JSON, and says as whom this process works on it. The
 * operator has judged it; it is judged once more, since the file may have been written by another version.
 */
import { readFile } from 'node:fs/promises';
import { runPrefix } from '../../crds/identity.ts';
import type { JobIdentity } from '../../crds/identity.ts';
import { parseStreamJob } from '../../crds/parse.ts';
import type { Problem } from '../../crds/parse.ts';
import type { StreamJob } from '../../crds/stream-job.ts';
import { StreamJobError } from '../errors.ts';

/** Throws ConfigInvalid with all that is wrong, in one line. */
export async function readJobFile(path: string): Promise<StreamJob> {
  const parsed = parseStreamJob(jsonOf(path, await readText(path)));
  if ('job' in parsed) return parsed.job;
  throw invalid(path, `is not a StreamJob as this version knows it: ${parsed.problems.map(problemText).join('; ')}`);
}

function invalid(path: string, what: string, cause?: unknown): StreamJobError {
  return new StreamJobError('ConfigInvalid', `the job file ${path} ${what}`, { cause });
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw invalid(path, `cannot be read: ${readingProblem(error as NodeJS.ErrnoException)}`, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; set STREAMJOB_JOB_FILE',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

const readingProblem = ({ code = '', message }: NodeJS.ErrnoException): string => REASONS[code] ?? message;

/** The parser's own message quotes the text, and is left out: a manifest may hold what should not be in a log. */
function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(path, 'is not valid JSON; it is written by the operator, and not meant to be edited');
  }
}

const problemText = ({ path, message }: Problem): string => (path === '' ? message : `${path}: ${message}`);

/** Namespace and name from the manifest, uid and run from the environment. Throws ConfigInvalid where they name no run. */
export function jobIdentity(job: StreamJob, { uid, run }: Pick<JobIdentity, 'uid' | 'run'>): JobIdentity {
  const { namespace, name } = job.metadata;
  if (namespace === undefined) {
    throw new StreamJobError('ConfigInvalid', `metadata.namespace of the StreamJob ${name} is missing in the job file`);
  }
  const identity = { namespace, name, uid, run };
  try {
    runPrefix(identity);
  } catch (error) {
    throw new StreamJobError('ConfigInvalid', (error as RangeError).message, { cause: error });
  }
  return identity;
}

/** The cluster that the manifest names, or the default one. Throws ConfigInvalid where there is neither. */
export function brokersOf({ spec }: StreamJob, defaultBrokers: readonly string[]): readonly string[] {
  const brokers = spec.kafka?.brokers ?? defaultBrokers;
  if (brokers.length > 0) return brokers;
  throw new StreamJobError('ConfigInvalid', 'there are no brokers: set spec.kafka.brokers, or STREAMJOB_BROKERS');
}
