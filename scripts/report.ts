/**
 * `node scripts/report.ts SUITE…` reads out/reports/SUITE.json of each suite, prints the seconds of each and, alone on
 * the last line, `N passed, N failed`. Exit code 1 if anything failed, or if nothing ran.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { summarize } from './report/summary.ts';
import { crashed, tallySuite, type ChecksOutput, type JestOutput, type Tally } from './report/tally.ts';

const folder = path.join(import.meta.dirname, '..', 'out', 'reports');

function read(suite: string): Tally {
  let output: JestOutput | ChecksOutput;
  try {
    output = JSON.parse(readFileSync(path.join(folder, `${suite}.json`), 'utf8')) as JestOutput | ChecksOutput;
  } catch {
    return crashed(suite);
  }
  return tallySuite(suite, output, process.env['CI'] === 'true');
}

const { lines, closing, succeeded } = summarize(process.argv.slice(2).map(read));
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'closing-line.txt'), `${closing}\n`);
process.stdout.write(`\n${[...lines, closing].join('\n')}\n`);
process.exitCode = succeeded ? 0 : 1;
