/** The hand-written pages hold what they promise: links and files exist, and so do the commands that they quote. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseCommandLine } from '../../job-runtime/cli/arguments.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const FOLDERS = ['.', 'docs', 'docs/adr'];
const PAGES = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

const textOf = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');
/** The first group of each match. */
const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

test.each(PAGES)('%s links to what exists', (page) => {
  const links = found(textOf(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^(https?:|#)/.test(link));
  const broken = links.filter((link) => !existsSync(path.join(ROOT, path.dirname(page), link.split('#')[0]!)));
  expect(broken).toEqual([]);
});

test.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'README.md'])('%s names files that exist', (page) => {
  const names = found(textOf(page), /`((?:bench|crds|docs|examples|job-runtime|scripts|test)\/[\w./-]+)`/g);
  const real = names.filter((name) => !/NNNN|NAME/.test(name));
  expect(real.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
});

test.each(PAGES)('%s quotes make targets and npm scripts that exist', (page) => {
  const targets = new Set(found(textOf('Makefile'), /^([a-z-]+):/gm));
  const scripts = Object.keys((JSON.parse(textOf('package.json')) as { scripts: object }).scripts);
  const text = textOf(page);
  const quoted = found(text, /(?:`|^)make ([a-z-]+)/gm).filter((name) => !targets.has(name));
  const run = found(text, /npm run ([a-z:-]+)/g).filter((name) => !scripts.includes(name));
  expect([...quoted, ...run]).toEqual([]);
});

test.each(PAGES)('%s quotes command lines that the program understands', (page) => {
  const commands = found(textOf(page), /npx streamjob ([a-z][^`\n#]*\.ya?ml[^`\n#]*)/g);
  const wrong = commands.filter((command) => {
    const words = command.trim().split(/\s+/);
    const [, file = ''] = words;
    const isThere = !file.startsWith('examples/') || existsSync(path.join(ROOT, file));
    return parseCommandLine(words).kind !== 'command' || !isThere;
  });
  expect(wrong).toEqual([]);
});
