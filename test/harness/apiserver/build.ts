/**
 * The control plane's programs, built once per user and version from the Go module beside this file. Nothing is
 * installed into the system and no root is needed; Go is.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';

export const KUBERNETES_VERSION = '1.34.2';

const PACKAGES = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const;

export type ProgramName = keyof typeof PACKAGES;

const ALL = Object.keys(PACKAGES) as ProgramName[];
const MODULE = import.meta.dirname;
/** Without these the programs call themselves v0.0.0, and refuse what needs a newer one. */
const STAMP = ['gitVersion=v' + KUBERNETES_VERSION, 'gitMajor=1', 'gitMinor=34'].map(
  (set) => `-X k8s.io/component-base/version.${set}`,
);

const run = promisify(execFile);

/** Other versions of the module are other folders, so that two checkouts do not fight over one. */
function buildFolder(): string {
  const sums = ['go.mod', 'go.sum'].map((file) => readFileSync(path.join(MODULE, file)));
  const version = createHash('sha256').update(Buffer.concat(sums)).digest('hex').slice(0, 12);
  return path.join(cacheFolder, `apiserver-${KUBERNETES_VERSION}-${version}`);
}

const builtProgram = (name: ProgramName): string => path.join(buildFolder(), name);

const missing = (names: readonly ProgramName[]): ProgramName[] =>
  names.filter((name) => !existsSync(builtProgram(name)));

/** Why the programs can be neither found nor built on this machine, or undefined. */
export function whyNoPrograms(): string | undefined {
  return missing(ALL).length === 0 || canRun('go', 'version')
    ? undefined
    : 'needs Go 1.24 or newer to build the Kubernetes control plane and etcd';
}

function canRun(program: string, ...flags: string[]): boolean {
  try {
    execFileSync(program, flags, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where the program is, built if it is missing: a minute or more each the first time, no time afterwards. */
export async function builtPath(name: ProgramName): Promise<string> {
  if (missing([name]).length > 0) await buildLocked([name]);
  return builtProgram(name);
}

/** One build at a time on this machine: a second one waits, and then finds what the first one left. */
async function buildLocked(names: readonly ProgramName[]): Promise<void> {
  const folder = buildFolder();
  await mkdir(folder, { recursive: true });
  const command = [process.execPath, import.meta.filename, ...names];
  // The lock goes when its holder ends, whatever ends it. Without flock two builds do the same work twice, no worse.
  if (canRun('flock', '--version')) command.unshift('flock', path.join(folder, '.lock'));
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`cannot build ${names.join(', ')}: see the compiler's words above`);
}

/** Built aside and renamed, so that a build that is cut off leaves no half of a program. */
async function build(name: ProgramName): Promise<void> {
  const started = Date.now();
  process.stderr.write(`building ${name} for Kubernetes ${KUBERNETES_VERSION} (once; some minutes)\n`);
  const aside = await mkdtemp(`${builtProgram(name)}.building-`);
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', `-s -w ${STAMP.join(' ')}`, '-o', path.join(aside, name)];
  try {
    await run('nice', ['-n', '10', 'go', 'build', ...flags, PACKAGES[name]], {
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
    await rename(path.join(aside, name), builtProgram(name));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  process.stderr.write(`built ${name} in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

// `node test/harness/apiserver/build.ts [PROGRAM…]` builds ahead of the tests.
if (import.meta.main) {
  const names = process.argv.slice(2) as ProgramName[];
  await mkdir(buildFolder(), { recursive: true });
  for (const name of missing(names.length > 0 ? names : ALL)) await build(name);
}
