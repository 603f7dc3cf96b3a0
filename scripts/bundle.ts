/**
 * Puts each program into one file under out/dist, without types and without what it does not use: `npm run build`. It
 * starts faster and needs less memory than the sources; that is what ships, and what is measured where memory counts.
 * Native packages stay packages: the files are run where node_modules is.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '..');
export const PROGRAMS = {
  operator: 'operator/main.ts',
  'job-runtime': 'job-runtime/main.ts',
} as const;
export type Program = keyof typeof PROGRAMS;

const NATIVE = ['@node-rs/crc32', 'lz4-napi', 'snappy'];
/** Packages in CommonJS ask for Node's own by `require`. */
const BANNER = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`;

/** Gives the file. Beside the programs' folders lies a package.json, from which they read their version. */
export async function bundle(program: Program): Promise<string> {
  const outdir = path.join(ROOT, 'out/dist', program);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [PROGRAMS[program]],
    outdir,
    bundle: true,
    // What is loaded on demand is read on demand: the client library is for kubeconfigs alone.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: NATIVE,
    banner: { js: BANNER },
    sourcemap: 'linked',
    legalComments: 'linked',
    logLevel: 'warning',
  });
  await writeFile(path.join(ROOT, 'out/dist/package.json'), await manifest());
  return path.join(outdir, 'main.js');
}

async function manifest(): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  return `${JSON.stringify({ name, version, license, type: 'module' })}\n`;
}

if (import.meta.main) {
  for (const program of Object.keys(PROGRAMS) as Program[]) {
    const file = await bundle(program);
    process.stdout.write(`${path.relative(ROOT, file)}\n`);
  }
}
