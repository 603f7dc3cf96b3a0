/**
 * The operator is killed (SIGKILL) right before and right after a write, for each write in the life of a job, and
 * started again: the job ends in the same objects as one whose operator was left alone. A sample of the writes is tried,
 * another with each seed; CRASH_ALL=1 tries all.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ApiServer } from '../harness/apiserver.ts';
import { startApiServer, whyNoPrograms } from '../harness/apiserver.ts';
import { describeIf } from '../harness/skip.ts';
import { installCrd, OperatorProcess } from './kit-operator.ts';
import type { Fault, Write } from './kit-proxy.ts';
import { FaultProxy } from './kit-proxy.ts';
import { SCENARIO_ENV, Viewer } from './kit-scenario.ts';
import type { Reference } from './kit-scenario-run.ts';
import { eachOf, lead, sampleOf, undisturbed, VARYING_WRITES } from './kit-scenario-run.ts';

const SAMPLE = 12;
/** Operators at a time. */
const WIDTH = 6;
const MINUTES = 60_000;

const reason = whyNoPrograms();
let server: ApiServer;
let viewer: Viewer;
let reference: Reference;

/** Which writes the operator does not survive. */
interface Crash {
  readonly name: string;
  readonly fault: (write: Write) => Fault | undefined;
  /** Whether there surely is such a write. */
  readonly isCertain: boolean;
}

/** An operator for one namespace that is started again whenever it was killed. */
class Mortal {
  deaths = 0;
  private readonly proxy: FaultProxy;
  private readonly namespace: string;
  private process: Promise<OperatorProcess>;

  constructor(proxy: FaultProxy, namespace: string, fault: Crash['fault']) {
    this.proxy = proxy;
    this.namespace = namespace;
    this.process = this.start();
    let current: OperatorProcess | undefined;
    const follow = (): void => void this.process.then((started) => (current = started));
    follow();
    proxy.hooks = {
      fault,
      kill: () => {
        this.deaths++;
        current?.signal('SIGKILL');
        this.process = this.start();
        follow();
      },
    };
  }

  async stop(): Promise<void> {
    await (await this.process).stop();
    await this.proxy.stop();
  }

  private start(): Promise<OperatorProcess> {
    const env = {
      ...SCENARIO_ENV,
      STREAMJOB_OPERATOR_LEADER_ELECTION: 'false',
      STREAMJOB_OPERATOR_NAMESPACES: this.namespace,
    };
    return OperatorProcess.start(server, { kubeconfig: this.proxy.kubeconfigFile, env });
  }
}

async function survive({ name, fault, isCertain }: Crash): Promise<void> {
  const operator = new Mortal(await FaultProxy.start(server), name, fault);
  try {
    await lead({ server, viewer, namespace: name }, reference);
    if (isCertain && operator.deaths === 0) throw new Error(`${name}: there was no such write`);
  } finally {
    await operator.stop();
  }
}

const EVERY_THIRD: Crash = {
  name: 'every-third',
  fault: ({ n }) => (n % 3 === 0 ? { kind: 'kill', when: 'after' } : undefined),
  isCertain: true,
};

function crashesOf(writes: number): readonly Crash[] {
  return Array.from({ length: writes }, (_, index) => index + 1).flatMap((n) =>
    (['before', 'after'] as const).map((when): Crash => ({
      name: `${when}-${n}`,
      fault: (write) => (write.n === n ? { kind: 'kill', when } : undefined),
      isCertain: n <= writes - VARYING_WRITES,
    })),
  );
}

describeIf(reason === undefined, reason ?? '', 'an operator that is killed', () => {
  beforeAll(async () => {
    // One for the end of each server.
    process.setMaxListeners(30);
    server = await startApiServer({ controllers: true });
    viewer = new Viewer(server);
    await installCrd(server);
    const proxy = await FaultProxy.start(server);
    const operator = new Mortal(proxy, 'undisturbed', () => undefined);
    reference = await undisturbed(server, proxy, 'undisturbed');
    await operator.stop();
  }, 3 * MINUTES);

  afterAll(() => server?.stop());

  it(
    'around any one write, or after every third, leaves what one leaves that was not',
    async () => {
      const crashes = [EVERY_THIRD, ...sampleOf(crashesOf(reference.writes), SAMPLE)];
      const began = Date.now();
      const failures = await eachOf(crashes, WIDTH, survive);
      const seconds = Math.round((Date.now() - began) / 1000);
      process.stderr.write(`${crashes.length} lives with crashes, of ${reference.writes} writes each: ${seconds} s\n`);
      expect(failures).toEqual([]);
    },
    20 * MINUTES,
  );
});
