/** Runs the scenario of kit-scenario.ts: once as it should be, then with faults, which must end in the same objects. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import type { ApiServer } from '../harness/apiserver.ts';
import { propertySeed } from '../harness/property-seed.ts';
import type { FaultProxy } from './kit-proxy.ts';
import type { Held } from './kit-scenario.ts';
import { createNamespace, NOTHING, STEPS, Viewer } from './kit-scenario.ts';

const QUIET_MILLIS = 3000;
/** Many go on at once, on a machine that does other things too. */
const PATIENCE_MILLIS = 120_000;
/** Characters: the objects of a job are long. */
const LONGEST_FAILURE = 3000;

/** By so much the number of writes differs from life to life: what comes at the same time is told in one status. */
export const VARYING_WRITES = 5;

export interface Reference {
  /** After each step. */
  readonly held: readonly Held[];
  /** How many writes it took. */
  readonly writes: number;
}

/** Without a fault; a step is over when nothing has been written and nothing has changed for a while. */
export async function undisturbed(server: ApiServer, proxy: FaultProxy, namespace: string): Promise<Reference> {
  const viewer = new Viewer(server);
  await createNamespace(server, namespace);
  const held: Held[] = [];
  for (const step of STEPS.slice(0, -1)) {
    await step.act(server, namespace);
    held.push(await settled(viewer, proxy, namespace));
  }
  const last = STEPS.at(-1)!;
  await last.act(server, namespace);
  await comesTo(viewer, namespace, { name: last.name, wanted: NOTHING });
  held.push(NOTHING);
  return { held, writes: writesIn(proxy, namespace) };
}

const writesIn = (proxy: FaultProxy, namespace: string): number =>
  proxy.writes.filter((write) => write.namespace === namespace && write.n > 0).length;

async function settled(viewer: Viewer, proxy: FaultProxy, namespace: string): Promise<Held> {
  let before = await viewer.look(namespace);
  let writes = -1;
  for (let since = Date.now(); Date.now() - since < QUIET_MILLIS || !isJudged(before);) {
    const now = await viewer.look(namespace);
    if (!isDeepStrictEqual(now, before) || writes !== writesIn(proxy, namespace)) since = Date.now();
    before = now;
    writes = writesIn(proxy, namespace);
  }
  return before;
}

/** Kafka has been asked. */
const isJudged = ({ job }: Held): boolean => JSON.stringify(job).includes('"KafkaReachable","False"');

export interface Life {
  readonly server: ApiServer;
  readonly viewer: Viewer;
  readonly namespace: string;
}

/** The same steps, each as soon as the one before has led to what it should. Throws what is different in the end. */
export async function lead({ server, viewer, namespace }: Life, { held }: Reference): Promise<void> {
  await createNamespace(server, namespace);
  for (const [index, step] of STEPS.entries()) {
    await step.act(server, namespace);
    await comesTo(viewer, namespace, { name: step.name, wanted: held[index]! });
  }
}

interface Wanted {
  readonly name: string;
  readonly wanted: Held;
}

async function comesTo(viewer: Viewer, namespace: string, { name, wanted }: Wanted): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MILLIS; ;) {
    const found = await viewer.look(namespace);
    if (isDeepStrictEqual(found, wanted)) return;
    if (Date.now() < deadline) continue;
    // With the names in the values, or the difference would not show them.
    expect({ where: `${namespace}, after: ${name}`, ...found }).toEqual({ where: 'everywhere', ...wanted });
  }
}

/** Several at a time; gives what was thrown. */
export async function eachOf<T>(
  items: readonly T[],
  width: number,
  run: (item: T) => Promise<void>,
): Promise<readonly string[]> {
  const rest = [...items];
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      await run(item).catch((error: unknown) => failures.push(String(error).slice(0, LONGEST_FAILURE)));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return failures;
}

/** With CRASH_ALL=1 all, else so many of them, spread evenly; another choice with another seed. */
export function sampleOf<T>(items: readonly T[], size: number): readonly T[] {
  if (process.env['CRASH_ALL'] === '1' || items.length <= size) return items;
  const stride = items.length / size;
  const first = propertySeed() % Math.ceil(stride);
  return Array.from({ length: size }, (_, index) => items[Math.floor(first + index * stride) % items.length]!);
}
