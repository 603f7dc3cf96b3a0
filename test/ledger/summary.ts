/** What a run came to, as a table for people and a line of JSON for the test. */
import type { Faults } from './faults.ts';
import type { Fleet } from './fleet.ts';
import type { Account } from './ledger.ts';
import type { Plan } from './plan.ts';
import type { Program } from './program.ts';
import { FAULT_KINDS } from './schedule.ts';

/** How often processes said so in their logs. */
export interface LogFacts {
  readonly assigned: number;
  readonly restored: number;
  readonly commitFailed: number;
}

export interface SummaryFacts {
  readonly plan: Plan;
  readonly fleet: Fleet;
  readonly accounts: readonly Account[];
  readonly faults: Faults;
  readonly commits: number;
  readonly logs: LogFacts;
}

/** Behind this stands the line of JSON. */
export const RESULT = 'result: ';

export async function logFacts(programs: readonly Program[]): Promise<LogFacts> {
  const files = new Map(programs.map((program) => [program.logFile, program]));
  const logs = await Promise.all([...files.values()].map((program) => program.log()));
  const lines = logs.flatMap((log) => log.split('\n'));
  const count = (event: string): number => lines.filter((line) => line.includes(`"event":"${event}"`)).length;
  return {
    assigned: count('assigned'),
    restored: count('restored'),
    commitFailed: count('commitFailed'),
  };
}

export function summary({ plan, fleet, accounts, faults, commits, logs }: SummaryFacts): string {
  const kinds = FAULT_KINDS.map((kind) => [kind, faults.done.get(kind) ?? 0] as const);
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const result = { seed: plan.seed, faults: { total, ...Object.fromEntries(kinds) }, commits, ...logs, accounts };
  return [
    '',
    ...kinds.map(([kind, count]) => row(kind, count)),
    row('faults in all', total),
    row('commits', commits),
    row('assignments', logs.assigned),
    row('restores', logs.restored),
    row('commits that failed', logs.commitFailed),
    '',
    ...accounts.flatMap(accountLines),
    ...fleet.overdue,
    ...fleet.surprises,
    '',
    RESULT + JSON.stringify(result),
  ].join('\n');
}

const row = (what: string, count: number): string => `${what.padEnd(28)}${String(count).padStart(9)}`;

function accountLines({ what, expected, missing, duplicates, foreign, examples }: Account): string[] {
  const line = `${row(what, expected)}   missing ${missing}   duplicates ${duplicates}   unexpected ${foreign}`;
  return [line, ...examples.map((example) => `  ${example}`)];
}
