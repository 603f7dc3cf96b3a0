/** The real kubectl, for tests of what people type. */
import { spawnTied } from './apiserver/process.ts';
import { builtPath } from './apiserver/build.ts';

export type KubectlOptions = Readonly<{
  /** A file, such as the server's `kubeconfigFile`. */
  kubeconfig: string;
  /** What it reads from standard input, for `-f -`. */
  input?: string;
}>;

export type KubectlResult = Readonly<{ stdout: string; stderr: string; code: number }>;

/** Builds kubectl if it is missing, runs it and waits. A code other than 0 is a result, not an error. */
export async function kubectl(
  args: readonly string[],
  { kubeconfig, input = '' }: KubectlOptions,
): Promise<KubectlResult> {
  const child = spawnTied(await builtPath('kubectl'), [`--kubeconfig=${kubeconfig}`, ...args], { stdio: 'pipe' });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A kubectl that refuses its arguments does not read.
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), code: code ?? -1 }),
    );
  });
}
