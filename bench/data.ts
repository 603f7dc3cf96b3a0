/**
 * The records of the workloads, the same bytes for the same seed: turnstile lines (W1), the same without a useful key
 * (W1b), bids as JSON (W2, W3). No record depends on when it is made.
 */

export interface BenchRecord {
  readonly key: string | null;
  readonly value: string;
}

/** mulberry32: small, fast, and the same on every machine. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** 5,000,000 records are 24 h of event time, from one minute past midnight. */
const TURNSTILE_START = Date.UTC(2023, 8, 23, 0, 1, 0);
const TURNSTILE_STEP = 86_400_000 / 5e6;
const TURNSTILES = 4700;
const STATIONS = [
  'Test-Station',
  '59 ST',
  '34 ST-PENN STA',
  'GRD CNTRL-42 ST',
  'TIMES SQ-42 ST',
  'FULTON ST',
  'CANAL ST',
  '14 ST-UNION SQ',
];
const LINES = ['456NQR', 'NQR456W', '1237ACENQRSW', 'ACE', 'BDFM', 'L', 'G', '7'];
const DIVISIONS = ['BMT', 'IND', 'IRT'];
/** An exact duplicate repeats one of the last so many records. */
const REPEATABLE = 1000;

const two = (value: number): string => String(value).padStart(2, '0');
const three = (value: number): string => String(value).padStart(3, '0');

function turnstiles(): { readonly key: string; readonly station: string }[] {
  return Array.from({ length: TURNSTILES }, (_, index) => {
    const area = Math.floor(index / 10);
    const station = area % 379;
    return {
      key: `A${three(area + 1)},R${three(station + 1)},02-${two(index % 10)}-0${index % 7}`,
      station: `${STATIONS[station % 8]}-${station},${LINES[station % 8]},${DIVISIONS[station % 3]}`,
    };
  });
}

/** AC,UNIT,SCP,STATION,LINENAME,DIVISION,DATE,DESC,TIME,ENTRIES,EXITS,ID,TIMESTAMP; up to 60 s out of order, 1 % duplicates. */
export function* turnstileRecords(count: number): Generator<BenchRecord> {
  const random = randomOf(42);
  const devices = turnstiles();
  const recent: BenchRecord[] = [];
  for (let i = 0; i < count; i++) {
    if (i > REPEATABLE && random() < 0.01) {
      yield recent[Math.floor(random() * REPEATABLE)]!;
      continue;
    }
    const { key, station } = devices[Math.floor(random() * TURNSTILES)]!;
    const time = new Date(
      Math.floor((TURNSTILE_START + i * TURNSTILE_STEP - random() * 60_000) / 1000) * 1000,
    ).toISOString();
    const [year, month, day, clock] = [time.slice(0, 4), time.slice(5, 7), time.slice(8, 10), time.slice(11, 19)];
    const description = random() < 0.005 ? 'RECOVR AUD' : 'REGULAR';
    const [entries, exits] = [Math.floor(random() * 300), Math.floor(random() * 300)];
    const value = `${key},${station},${month}-${day}-${year.slice(2)},${description},${clock},${entries},${exits},${i},${year}-${month}-${day} ${clock}`;
    yield (recent[i % REPEATABLE] = { key, value });
  }
}

const BIDS_START = Date.UTC(2023, 8, 23);
const CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple', 'channel-1234'];

/** 10,000 bids per second of event time on 10,000 auctions, up to 1 s out of order, about 200 bytes each. */
export function* bidRecords(count: number): Generator<BenchRecord> {
  const random = randomOf(43);
  const below = (bound: number): number => Math.floor(random() * bound);
  for (let i = 0; i < count; i++) {
    const [auction, bidder, price, channel] = [
      1000 + below(10_000),
      1000 + below(50_000),
      100 + below(1e6),
      CHANNELS[below(5)],
    ];
    const time = Math.floor(BIDS_START + i / 10 - random() * 1000);
    const url = `https://www.nexmark.com/item.htm?query=1&channel_id=${below(1e9)}`;
    const extra = [random(), random(), random()].map((part) => (part * 1e15).toString(36)).join('');
    yield {
      key: null,
      value: `{"auction":${auction},"bidder":${bidder},"price":${price},"channel":"${channel}","url":"${url}","dateTime":${time},"extra":"${extra}"}`,
    };
  }
}
