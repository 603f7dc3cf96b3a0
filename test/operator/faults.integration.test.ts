/**
 * Each write in the life of a job fails once: refused with 409, with 429 and a Retry-After, with 500, cut off before or after
 * the API server has done it, or done and answered with nonsense. The job ends in the same objects as one of which no write failed. One operator
 * works on all of them. A sample of the writes is tried, another with each seed; CRASH_ALL=1 tries all.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ApiServer } from '../harness/apiserver.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import { describeIf } from '../harness/skip.ts';
import { installCrd, OperatorProcess } from './kit-operator.ts';
import type { Fault } from './kit-proxy.ts';
import { FaultProxy } from './kit-proxy.ts';
import { SCENARIO_ENV, Viewer } from './kit-scenario.ts';
import type { Reference } from './kit-scenario-run.ts';
import { eachOf, lead, sampleOf, undisturbed, VARYING_WRITES } from './kit-scenario-run.ts';

const SAMPLE = 32;
/** Jobs at a time. */
const WIDTH = 16;
const MINUTES = 60_000;

const FAULTS: Readonly<Record<string, Fault>> = {
  'cut-before': { kind: 'cut', when: 'before' },
  'cut-after': { kind: 'cut', when: 'after' },
  'refused-409': { kind: 'refuse', status: 409 },
  'refused-429': { kind: 'refuse', status: 429 },
  'refused-500': { kind: 'refuse', status: 500 },
  garbled: { kind: 'garble', when: 'after' },
};

const reason = whyNoPrograms();
let server: ApiServer;
let viewer: Viewer;
let proxy: FaultProxy;
let operator: OperatorProcess;
let reference: Reference;

/** By namespace, which says which write fails how, such as refused-409-17. */
function faultsOf(writes: number): ReadonlyMap<string, { readonly n: number; readonly fault: Fault }> {
  const numbers = Array.from({ length: writes }, (_, index) => index + 1);
  const all = numbers.flatMap((n) =>
    Object.entries(FAULTS).map(([name, fault]): [string, { n: number; fault: Fault }] => [
      `${name}-${n}`,
      { n, fault },
    ]),
  );
  return new Map(sampleOf(all, SAMPLE));
}

describeIf(reason === undefined, reason ?? '', 'a write that fails once', () => {
  beforeAll(async () => {
    server = await startApiServer({ controllers: true });
    viewer = new Viewer(server);
    await installCrd(server);
    proxy = await FaultProxy.start(server);
    const env = { ...SCENARIO_ENV, STREAMJOB_OPERATOR_LEADER_ELECTION: 'false' };
    operator = await OperatorProcess.start(server, { kubeconfig: proxy.kubeconfigFile, env });
    reference = await undisturbed(server, proxy, 'undisturbed');
  }, 3 * MINUTES);

  afterAll(async () => {
    await operator?.stop();
    await proxy?.stop();
    await server?.stop();
  });

  it(
    'changes nothing of what comes of the job',
    async () => {
      const faults = faultsOf(reference.writes);
      const struck = new Set<string>();
      proxy.hooks = {
        fault: ({ namespace, n }) => {
          const planned = faults.get(namespace);
          if (planned?.n !== n) return undefined;
          struck.add(namespace);
          return planned.fault;
        },
      };
      const began = Date.now();
      const failures = await eachOf([...faults.keys()], WIDTH, (namespace) =>
        lead({ server, viewer, namespace }, reference),
      );
      const seconds = Math.round((Date.now() - began) / 1000);
      process.stderr.write(`${faults.size} lives with a fault, of ${reference.writes} writes each: ${seconds} s\n`);
      expect(failures).toEqual([]);
      const certain = [...faults].filter(([, { n }]) => n <= reference.writes - VARYING_WRITES);
      expect(certain.map(([namespace]) => namespace).filter((namespace) => !struck.has(namespace))).toEqual([]);
      expect(operator.lines().filter(({ level }) => level === 'error')).toEqual([]);
    },
    20 * MINUTES,
  );
});
