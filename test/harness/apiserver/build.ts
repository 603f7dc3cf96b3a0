/**
 * The control plane's programs, built once per user and version from the Go module beside this file: kube-apiserver and
 * etcd. Nothing is installed into the system and no root is needed; Go is.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../cache-folder.ts';

export const KUBERNETES_VERSION = '1.34.2';

export type Programs = Readonly<{ apiserver: string; etcd: string }>;

const MODULE = import.meta.dirname;
const PACKAGES = ['go.etcd.io/etcd/server/v3', 'k8s.io/kubernetes/cmd/kube-apiserver'];
/** Without these the server calls itself v0.0.0, and refuses what needs a newer one. */
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

const programsIn = (folder: string): Programs => ({
  apiserver: path.join(folder, 'kube-apiserver'),
  etcd: path.join(folder, 'server'),
});

const isBuilt = ({ apiserver, etcd }: Programs): boolean => existsSync(apiserver) && existsSync(etcd);

/** Why the programs can be neither found nor built on this machine, or undefined. */
export function whyNoPrograms(): string | undefined {
  if (isBuilt(programsIn(buildFolder()))) return undefined;
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs Go 1.24 or newer to build kube-apiserver and etcd';
  }
}

/** Builds what is missing: some minutes the first time, no time afterwards. */
export async function programs(): Promise<Programs> {
  const folder = buildFolder();
  if (isBuilt(programsIn(folder))) return programsIn(folder);
  await mkdir(cacheFolder, { recursive: true });
  // Built aside and renamed, so that a build that is cut off or runs twice leaves no half of one.
  const aside = await mkdtemp(`${folder}.building-`);
  try {
    await build(aside);
    await rename(aside, folder).catch((cause: unknown) => {
      if (!isBuilt(programsIn(folder))) throw cause;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return programsIn(folder);
}

async function build(into: string): Promise<void> {
  const started = Date.now();
  process.stderr.write(`building kube-apiserver ${KUBERNETES_VERSION} and etcd (once; some minutes)\n`);
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', `-s -w ${STAMP.join(' ')}`, '-o', `${into}/`];
  await run('nice', ['-n', '10', 'go', 'build', ...flags, ...PACKAGES], {
    cwd: MODULE,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  process.stderr.write(`built kube-apiserver and etcd in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

// `node test/harness/apiserver/build.ts` builds ahead of the tests.
if (import.meta.main) await programs();
