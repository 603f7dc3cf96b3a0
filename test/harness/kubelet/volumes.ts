/**
 * A pod's volumes as folders, written once before each start of its container. Mounts cannot be made without root, so
 * each word that begins with a mount's path is rewritten to where the files are.
 */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KeyValues, SourceKind } from './api.ts';
import { fieldOf } from './fields.ts';
import type { Container, Items, Pod, Projection, Volume } from './shapes.ts';

/** Why a volume cannot be written; the real kubelet keeps the container in ContainerCreating and warns by an event. */
export class MountError extends Error {}

export type ReadValues = (kind: SourceKind, name: string) => Promise<KeyValues | undefined>;
export type Placing = Readonly<{ pod: Pod; podIp: string; folder: string; read: ReadValues }>;

const folderOf = (folder: string, volume: string): string => path.join(folder, 'volumes', volume);

/** @throws MountError for the first volume that cannot be written. */
export async function writeVolumes(placing: Placing): Promise<void> {
  for (const volume of placing.pod.spec.volumes ?? []) {
    const into = folderOf(placing.folder, volume.name);
    // An emptyDir outlives its container, the others are written anew.
    if (!volume.emptyDir) await rm(into, { recursive: true, force: true });
    await mkdir(into, { recursive: true });
    try {
      for (const source of sourcesOf(volume)) await writeSource(placing, into, source);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`, { cause });
    }
  }
}

function sourcesOf({ configMap, secret, projected, downwardAPI, emptyDir }: Volume): readonly Projection[] {
  if (emptyDir) return [];
  if (configMap) return [{ configMap }];
  if (secret) return [{ secret: { ...secret, name: secret.secretName } }];
  if (projected) return projected.sources ?? [];
  if (downwardAPI) return [{ downwardAPI }];
  throw new Error('the process kubelet knows configMap, secret, projected, downwardAPI and emptyDir volumes');
}

async function writeSource(placing: Placing, into: string, source: Projection): Promise<void> {
  if (source.configMap) await writeValues(placing, into, { kind: 'configmap', ...source.configMap });
  if (source.secret) await writeValues(placing, into, { kind: 'secret', ...source.secret });
  for (const { path: at, fieldRef } of source.downwardAPI?.items ?? []) {
    await writeInto(into, at, fieldOf(placing.pod, placing.podIp, fieldRef?.fieldPath ?? ''));
  }
  // A service account's token is not written: programs look for it at a fixed path, which cannot be mapped.
}

type Values = Readonly<{ kind: SourceKind; name: string; items?: Items; optional?: boolean }>;

async function writeValues({ read }: Placing, into: string, { kind, name, items, optional }: Values): Promise<void> {
  const values = await read(kind, name);
  if (!values) {
    if (optional) return;
    throw new Error(`${kind} "${name}" not found`);
  }
  for (const { key, path: at } of items ?? [...values.keys()].map((key) => ({ key, path: key }))) {
    const value = values.get(key);
    if (value) await writeInto(into, at, value);
    else if (!optional)
      throw new Error(`references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${key}`);
  }
}

async function writeInto(folder: string, at: string, content: Buffer | string): Promise<void> {
  const file = path.join(folder, at);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  await chmod(file, 0o400);
}

/** Rewrites a word that is a path in the container to where it is on this machine. */
export type MapPath = (word: string) => string;

export function pathMap(container: Container, folder: string, imageRoots: Readonly<Record<string, string>>): MapPath {
  const mounts = (container.volumeMounts ?? []).map(
    ({ name, mountPath, subPath = '' }) => [mountPath, path.join(folderOf(folder, name), subPath)] as const,
  );
  // Of nested mounts the inner one holds.
  const places = [...mounts, ...Object.entries(imageRoots)].toSorted(([a], [b]) => b.length - a.length);
  return (word) => {
    const place = places.find(([at]) => word === at || word.startsWith(at.endsWith('/') ? at : `${at}/`));
    return place ? path.join(place[1], word.slice(place[0].length)) : word;
  };
}
