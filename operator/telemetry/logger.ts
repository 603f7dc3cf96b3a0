/** Log lines of the operator: one JSON object each, with level, time and message. */
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** The least that is written; absent: info. */
  readonly level?: LogLevel;
  /** Masks secrets in a text; every text of every line goes through it. */
  readonly mask?: (text: string) => string;
}

/** `bindings` are part of every line. Lines are written at once, so none is lost at an exit. */
export function createLogger(
  destination: DestinationStream,
  bindings: Readonly<Record<string, unknown>>,
  { level = 'info', mask }: LoggerOptions = {},
): Logger {
  const options = {
    level,
    base: bindings,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(mask && { hooks: { streamWrite: (line: string) => maskedLine(line, mask) } }),
  };
  return pino(options, destination);
}

/** Text by text, so that no secret, of whatever characters, can break the line's form. */
function maskedLine(line: string, mask: (text: string) => string): string {
  const masked: unknown = JSON.parse(line, (_name, value: unknown) => {
    if (typeof value === 'string') return mask(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [mask(name), member]));
  });
  return `${JSON.stringify(masked)}\n`;
}
