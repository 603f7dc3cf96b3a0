/** Instants to texts, for the records of tests. */
import { MONTHS, TOKENS, WEEKDAYS } from './time.ts';

/** The text of an instant on a clock that is `offset` ahead of UTC. */
export function formatTime(instant: number, format: string, offset: number): string {
  if (format.startsWith('epoch')) return String(Math.floor(instant / (format === 'epochSeconds' ? 1000 : 1)));
  const texts = partsOf(new Date(instant + offset), offset);
  const pattern = format === 'iso8601' ? "yyyy-MM-dd'T'HH:mm:ss.SSSXXX" : format;
  return pattern.replace(TOKENS, (token: string, quoted?: string) =>
    token.startsWith('S') ? texts['SSS']!.padEnd(token.length, '0') : (texts[token] ?? quoted ?? token),
  );
}

function partsOf(local: Date, offset: number): Readonly<Record<string, string>> {
  const iso = local.toISOString();
  const [yyyy, MM, dd, HH, mm, ss] = [0, 5, 8, 11, 14, 17].map((at) => iso.slice(at, at === 0 ? 4 : at + 2)) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [M, d, H, m, s] = [MM, dd, HH, mm, ss].map((part) => String(Number(part))) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const h = String(((Number(HH) + 11) % 12) + 1);
  const away = Math.abs(offset) / 60_000;
  const zone = [Math.floor(away / 60), away % 60].map((part) => String(part).padStart(2, '0'));
  const sign = offset < 0 ? '-' : '+';
  return {
    ...{ yyyy, yy: yyyy.slice(2), MMM: MONTHS[local.getUTCMonth()]!, MM, M, dd, d, EEE: WEEKDAYS[local.getUTCDay()]! },
    ...{ HH, H, hh: h.padStart(2, '0'), h, a: Number(HH) < 12 ? 'AM' : 'PM', mm, m, ss, s, SSS: iso.slice(20, 23) },
    ...{ XXX: sign + zone.join(':'), X: sign + zone.join('') },
  };
}
