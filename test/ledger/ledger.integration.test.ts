/**
 * The proof that the runtime is exactly once whatever dies: a million records through two jobs while processes and the
 * broker are killed, frozen, stopped, added and removed, and then the books. The run is a program of its own (main.ts),
 * since Jest's VM would make the interpreter three times slower; `make soak` runs it for longer.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, jest, test } from '@jest/globals';
import { whyNoJavaClient } from '../harness/kafka/java-client.ts';
import { describeIf } from '../harness/skip.ts';
import type { Account } from './ledger.ts';
import { RESULT } from './summary.ts';

const LIMIT_MILLIS = 12 * 60_000;
jest.setTimeout(LIMIT_MILLIS + 60_000);

interface Result {
  readonly faults: Readonly<Record<string, number>>;
  readonly commits: number;
  readonly accounts: readonly Account[];
}

/** LEDGER_SEED repeats a run; with CI=true it is fixed. */
function seedOf({ LEDGER_SEED, CI }: NodeJS.ProcessEnv): number {
  return Number(LEDGER_SEED ?? (CI === 'true' ? 1 : Date.now() % 1_000_000));
}

/** Runs the program; all that it said goes to the test's own output if it fails. */
async function ledger(...args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const patience = setTimeout(() => child.kill('SIGTERM'), LIMIT_MILLIS);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(patience);
  const result = lines.find((line) => line.startsWith(RESULT));
  if (code === 0 && result !== undefined) return JSON.parse(result.slice(RESULT.length)) as Result;
  throw new Error(`main.ts ${args.join(' ')} ended with ${code}:\n${lines.join('\n')}`);
}

const reason = whyNoJavaClient();

describe('the ledger', () => {
  describeIf(reason === undefined, reason ?? '', 'a million records while everything dies', () => {
    test('come out as the reference interpreter says: nothing is lost, nothing is there twice', async () => {
      const seed = seedOf(process.env);
      process.stderr.write(`ledger: LEDGER_SEED=${seed}\n`);
      const { faults, commits, accounts } = await ledger(
        '--seconds',
        '150',
        '--seed',
        `${seed}`,
        '--records',
        '1000000',
      );
      expect(faults['total']).toBeGreaterThanOrEqual(12);
      expect(faults['stopBroker']! + faults['killBroker']!).toBeGreaterThanOrEqual(2);
      expect(commits).toBeGreaterThan(100);
      expect(accounts.map(({ what }) => what)).toEqual([
        'records of the source',
        'results of job keyed',
        'dead letters of job keyed',
        'results of job shuffled',
        'dead letters of job shuffled',
      ]);
      for (const { what, expected, found, missing, duplicates, foreign } of accounts)
        expect({ what, found, missing, duplicates, foreign }).toEqual({
          what,
          found: expected,
          missing: 0,
          duplicates: 0,
          foreign: 0,
        });
      expect(accounts[0]!.expected).toBe(1_000_000);
      expect(accounts.every(({ expected }) => expected > 500)).toBe(true);
    });
  });
});
