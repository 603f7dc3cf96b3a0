/** The environment and the command of a container, as a process on this machine gets them. */
import path from 'node:path';
import { fieldOf } from './fields.ts';
import type { Container, EnvVar, KeyRef, Pod } from './shapes.ts';
import type { MapPath, Placing } from './volumes.ts';
import { pathMap } from './volumes.ts';

/** Why a container cannot be made of what its pod says: the reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {}

export type Command = Readonly<{ program: string; flags: readonly string[]; cwd: string; env: Record<string, string> }>;

const REPOSITORY = path.join(import.meta.dirname, '../../..');
/** What the image holds. */
const IMAGE_ROOTS = { '/app': REPOSITORY };
/** Where the job-runtime looks when it is told nothing; said aloud, so that the paths can be mapped. */
const IMAGE_ENVIRONMENT: readonly EnvVar[] = [
  { name: 'STREAMJOB_JOB_FILE', value: '/etc/streamjob/job.json' },
  { name: 'STREAMJOB_SECRETS_DIR', value: '/etc/streamjob/secrets' },
];

export const terminationLogIn = (folder: string): string => path.join(folder, 'termination-log');

/**
 * `/app` is this repository, `node` the Node that runs the test, and the mounts are folders. The process is told its own
 * address and where to leave its last message.
 *
 * @throws ContainerConfigError for a reference to what is not there.
 */
export async function commandOf(container: Container, placing: Placing): Promise<Command> {
  const map = pathMap(container, placing.folder, IMAGE_ROOTS);
  const env = await environmentOf(container, placing, map);
  const words = [...(container.command ?? ['node']), ...(container.args ?? [])];
  const [program, ...flags] = words.map((word) => map(expanded(word, env)));
  return {
    program: program === 'node' ? process.execPath : program!,
    flags,
    cwd: map(container.workingDir ?? '/app'),
    env,
  };
}

async function environmentOf(container: Container, placing: Placing, map: MapPath): Promise<Record<string, string>> {
  const { pod, podIp, folder } = placing;
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TMPDIR: map('/tmp'),
    HOSTNAME: pod.metadata.name,
  };
  const own = new Set((container.env ?? []).map(({ name }) => name));
  for (const variable of [...IMAGE_ENVIRONMENT.filter(({ name }) => !own.has(name)), ...(container.env ?? [])]) {
    const value = await valueOf(variable, placing);
    if (value !== undefined) env[variable.name] = map(expanded(value, env));
  }
  return { ...env, STREAMJOB_HTTP_HOST: podIp, STREAMJOB_TERMINATION_LOG: terminationLogIn(folder) };
}

/** `$(NAME)` of a variable that came before; any other stays. */
const expanded = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\(([\w.-]+)\)/g, (whole, name: string) => env[name] ?? whole);

async function valueOf({ value, valueFrom }: EnvVar, placing: Placing): Promise<string | undefined> {
  if (!valueFrom) return value ?? '';
  const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom;
  if (secretKeyRef) return keyOf(placing, 'secret', secretKeyRef);
  if (configMapKeyRef) return keyOf(placing, 'configmap', configMapKeyRef);
  return field(placing.pod, placing.podIp, fieldRef?.fieldPath ?? JSON.stringify(valueFrom));
}

function field(pod: Pod, podIp: string, fieldPath: string): string {
  try {
    return fieldOf(pod, podIp, fieldPath);
  } catch (cause) {
    throw new ContainerConfigError((cause as Error).message, { cause });
  }
}

async function keyOf(
  { pod, read }: Placing,
  kind: 'secret' | 'configmap',
  { name, key, optional }: KeyRef,
): Promise<string | undefined> {
  const values = await read(kind, name);
  const value = values?.get(key)?.toString();
  if (value !== undefined || optional) return value;
  if (!values) throw new ContainerConfigError(`${kind} "${name}" not found`);
  const shown = kind === 'secret' ? 'Secret' : 'ConfigMap';
  throw new ContainerConfigError(`couldn't find key ${key} in ${shown} ${pod.metadata.namespace}/${name}`);
}
