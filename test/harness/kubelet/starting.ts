/** From a pod to a command that can be run, or to what the real kubelet says while there is none. */
import type { Command } from './environment.ts';
import { ContainerConfigError, commandOf } from './environment.ts';
import { checkProbes } from './probes.ts';
import { firstContainer } from './shapes.ts';
import type { Placing } from './volumes.ts';
import { MountError, writeVolumes } from './volumes.ts';

class ImageError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** @throws Error that `refusalOf` understands. `attempt` counts from 0. */
export async function prepare(placing: Placing, attempt: number): Promise<Command> {
  const container = firstContainer(placing.pod);
  const { image } = container;
  if (image.startsWith('missing')) {
    throw attempt === 0
      ? new ImageError('ErrImagePull', `failed to pull and unpack image "${image}": not found`)
      : new ImageError('ImagePullBackOff', `Back-off pulling image "${image}"`);
  }
  checkProbes(container);
  await writeVolumes(placing);
  return commandOf(container, placing);
}

export type Refusal = Readonly<{
  waiting: Readonly<{ reason: string; message?: string }>;
  event?: Readonly<{ reason: string; message: string }>;
}>;

/** A volume's trouble shows in an event only; the other kinds in the container's status. */
export function refusalOf(cause: unknown): Refusal {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof MountError) {
    return { waiting: { reason: 'ContainerCreating' }, event: { reason: 'FailedMount', message } };
  }
  if (cause instanceof ImageError) return { waiting: { reason: cause.reason, message } };
  if (cause instanceof ContainerConfigError) return { waiting: { reason: 'CreateContainerConfigError', message } };
  return { waiting: { reason: 'RunContainerError', message } };
}
