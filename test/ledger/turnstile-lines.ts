/**
 * The input of the ledger: lines like those of turnstiles, in an order as the world would give them. Event time moves on
 * and a line may come a minute after its time; some lines come far too late, some come twice, and some are broken.
 * Pure and seeded: the same seed and number give the same lines.
 */
import { Random } from '../../job-runtime/sources/random.ts';

const GATES = 500;
const STATIONS = 40;
const LINES = ['A', 'C', 'E', '1', '7', 'NQR', 'BDFM'];
const START = Date.UTC(2024, 6, 22, 4);
/** Lines per second of event time. */
const PER_SECOND = 70;
/** The longest that a line is behind its time, and what is further back than any window waits. */
const DISORDER_MILLIS = 60_000;
const LATE = { least: 8 * 60_000, most: 30 * 60_000 } as const;
/** One line in so many. */
const ONE_IN = { late: 400, bad: 1000, repeated: 100 } as const;
/** A line that comes twice comes again within so many lines. */
const REPEATED_WITHIN = 4000;
const BATCH = 10_000;

/** `count` lines of ID, STATION, LINE, TIME, ENTRIES and EXITS, without their newlines, by the batch; `seed` is an integer. */
export function* turnstileLines(count: number, seed: number): Generator<string[]> {
  const random = new Random(seed);
  const repeats = new Map<number, string>();
  let batch: string[] = [];
  for (let index = 0; index < count; index++) {
    random.start(index);
    batch.push(repeats.get(index) ?? lineOf(index, random));
    repeats.delete(index);
    if (random.below(ONE_IN.repeated) === 0) repeats.set(index + 1 + random.below(REPEATED_WITHIN), batch.at(-1)!);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function lineOf(index: number, random: Random): string {
  const gate = random.below(GATES);
  const station = gate % STATIONS;
  const columns = [
    `R${String(gate).padStart(3, '0')}`,
    `STATION ${station}`,
    LINES[station % LINES.length]!,
    timeText(START + Math.floor((index * 1000) / PER_SECOND) - behind(random)),
    String(random.below(40)),
    String(random.below(25)),
  ];
  return random.below(ONE_IN.bad) === 0 ? broken(columns, random) : columns.join(',');
}

/** Mostly a few seconds. */
function behind(random: Random): number {
  const isLate = random.below(ONE_IN.late) === 0;
  const part = random.unit();
  return Math.floor(isLate ? LATE.least + part * (LATE.most - LATE.least) : part ** 3 * DISORDER_MILLIS);
}

function broken(columns: readonly string[], random: Random): string {
  const [id, station, line, time, entries, exits] = columns;
  switch (random.below(4)) {
    case 0:
      return [id, station, line, time, entries].join(',');
    case 1:
      return [id, station, line, time, `${entries}x`, exits].join(',');
    case 2:
      return [id, station, line, '2024-13-45 25:00:00', entries, exits].join(',');
    default:
      return [...columns, 'one too many'].join(',');
  }
}

const timeText = (millis: number): string => new Date(millis).toISOString().slice(0, 19).replace('T', ' ');
