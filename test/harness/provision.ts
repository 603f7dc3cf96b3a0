/**
 * Fetches and builds the servers that the tests start, ahead of them, so that no test waits for a compiler:
 * `node test/harness/provision.ts [kafka] [kubernetes]`. What is there already takes no time; what this machine cannot
 * have is told here, and again by each test that is skipped for it.
 */
import { builtPath, whyNoPrograms } from './apiserver/build.ts';
import type { ProgramName } from './apiserver/build.ts';
import { jars, KAFKA_VERSIONS, whyNoKafka } from './kafka/provision.ts';

const PROGRAMS: readonly ProgramName[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'];

async function kafka(): Promise<void> {
  for (const version of KAFKA_VERSIONS) {
    const why = whyNoKafka(version);
    if (why === undefined) await jars(version);
    else process.stdout.write(`no Kafka ${version}: ${why}\n`);
  }
}

async function kubernetes(): Promise<void> {
  const why = whyNoPrograms();
  if (why !== undefined) process.stdout.write(`no API server: ${why}\n`);
  else for (const name of PROGRAMS) await builtPath(name);
}

const begin = performance.now();
const wanted = process.argv.slice(2);
const parts = Object.entries({ kafka, kubernetes }).filter(([name]) => wanted.length === 0 || wanted.includes(name));
await Promise.all(parts.map(([, provide]) => provide()));
const seconds = Math.round((performance.now() - begin) / 1000);
if (seconds > 1) process.stdout.write(`the servers for the tests are there after ${seconds} s\n`);
