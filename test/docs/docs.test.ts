/** The hand-written pages hold what they promise: links and files exist, and so do the commands that they quote. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { CONDITION_REASONS } from '../../crds/conditions.ts';
import { parseCommandLine } from '../../job-runtime/cli/arguments.ts';
import { VARIABLES } from '../../operator/variables.ts';

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
  const names = found(textOf(page), /`((?:bench|crds|docs|examples|job-runtime|operator|scripts|test)\/[\w./-]+)`/g);
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

test('docs/operator.md tells every reason of every condition, and no other', () => {
  const rows = found(textOf('docs/operator.md'), /^(\| *[A-Za-z]* *\| *[A-Za-z, ]+ *\|)/gm).map((row) =>
    row.split('|'),
  );
  const told: Record<string, string[]> = {};
  let type = '';
  for (const [, first = '', reasons = ''] of rows) {
    type = first.trim() || type;
    if (type in CONDITION_REASONS) (told[type] ??= []).push(...reasons.split(',').map((reason) => reason.trim()));
  }
  const sorted = (each: object): unknown =>
    Object.entries(each as Record<string, string[]>).map(([name, reasons]) => [name, reasons.toSorted()]);
  expect(sorted(told)).toEqual(sorted(CONDITION_REASONS));
});

test.each(PAGES)('%s names variables of the operator that exist', (page) => {
  const named = found(textOf(page), /\b(STREAMJOB_OPERATOR_[A-Z_]+)\b/g);
  expect(named.filter((name) => !(name in VARIABLES))).toEqual([]);
});
