/** The thread of plain-node.ts: does one piece of work and posts its result. */
import { parentPort, workerData } from 'node:worker_threads';
import * as work from './work.ts';

const { name, args } = workerData as { name: keyof typeof work; args: readonly unknown[] };
const call = work[name] as (...args: readonly unknown[]) => Promise<unknown>;
parentPort!.postMessage(await call(...args));
