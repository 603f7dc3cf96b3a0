/**
 * Calls the functions of work.ts in a thread of plain Node. Jest loads modules into a VM context, where the engine takes
 * three times as long: too long for whole weeks.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type * as work from './work.ts';

type Work = typeof work;

const THREAD = path.join(import.meta.dirname, 'work-thread.ts');

export function inPlainNode<Name extends keyof Work>(
  name: Name,
  ...args: Parameters<Work[Name]>
): Promise<Awaited<ReturnType<Work[Name]>>> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(THREAD, { workerData: { name, args } });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error(`${name} gave no answer`)));
  });
}
