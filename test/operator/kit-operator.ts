/** The operator as a real process, and the cluster that it works on: what tests of it have in common. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CRD } from '../../scripts/generate/crd.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { spawnTied } from '../harness/apiserver/process.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const LOG_BYTES = 1 << 20;
export const IMAGE = 'streamjob:test';
export const PATIENCE_MILLIS = 60_000;

export interface OperatorOptions {
  /** A file; default: the administrator's. */
  readonly kubeconfig?: string;
  /** On top of what every test wants. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running operator/main.ts. */
export class OperatorProcess {
  readonly httpPort: number;
  private readonly child: ChildProcess;
  private output = '';

  private constructor(child: ChildProcess, httpPort: number) {
    this.child = child;
    this.httpPort = httpPort;
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.output = (this.output + chunk.toString()).slice(-LOG_BYTES);
      });
    }
  }

  static async start(server: ApiServer, { kubeconfig, env }: OperatorOptions = {}): Promise<OperatorProcess> {
    const httpPort = await freePort();
    const child = spawnTied(process.execPath, ['--disable-warning=ExperimentalWarning', 'operator/main.ts'], {
      cwd: ROOT,
      stdio: 'pipe',
      env: {
        PATH: process.env['PATH'],
        KUBECONFIG: kubeconfig ?? server.kubeconfigFile,
        POD_NAME: `operator-${httpPort}`,
        POD_NAMESPACE: 'default',
        STREAMJOB_OPERATOR_IMAGE: IMAGE,
        STREAMJOB_OPERATOR_HTTP_HOST: '127.0.0.1',
        STREAMJOB_OPERATOR_HTTP_PORT: String(httpPort),
        STREAMJOB_OPERATOR_PROGRESS_INTERVAL: '2s',
        STREAMJOB_OPERATOR_INPUTS_INTERVAL: '2s',
        ...env,
      },
    });
    return new OperatorProcess(child, httpPort);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** All that it wrote; the last MiB of it. */
  get log(): string {
    return this.output;
  }

  /** Lines of its log, parsed. */
  lines(): readonly Readonly<Record<string, unknown>>[] {
    return this.output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as never] : []));
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it in order; gives its exit code. */
  async stop(): Promise<number | null> {
    if (!this.hasEnded) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      this.child.kill('SIGCONT');
      await ended;
    }
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  async page(name: 'livez' | 'readyz' | 'metrics'): Promise<{ code: number; text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}/${name}`, { signal: AbortSignal.timeout(5000) });
    return { code: response.status, text: await response.text() };
  }

  /** The sum over all series of this name whose labels contain these texts, such as `kind="Deployment"`. */
  async metric(name: string, ...labels: readonly string[]): Promise<number> {
    const { text } = await this.page('metrics');
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const chosen = lines.filter((line) => labels.every((label) => line.includes(label)));
    return chosen.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
}

/** Installs the CRD and waits until the API server serves it. */
export async function installCrd(server: ApiServer): Promise<void> {
  const at = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { status, body } = await server.request('POST', at, CRD);
  if (status !== 201) throw new Error(`the CRD was refused: ${JSON.stringify(body)}`);
  await eventually('StreamJobs are served', async () => {
    return (await server.request('GET', '/apis/streamjob.dev/v1alpha1/streamjobs')).status === 200;
  });
}

/** Waits until `look` gives something true; says what it waited for when it does not. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  patienceMillis = PATIENCE_MILLIS,
): Promise<T> {
  for (const deadline = Date.now() + patienceMillis; Date.now() < deadline; await delay(100)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`waited ${patienceMillis / 1000} s in vain: ${what}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
