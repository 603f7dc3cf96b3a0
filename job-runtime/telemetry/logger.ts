/** Log lines of the programs: one JSON object each, with level, time and message. The home of pino. */
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { maskValue } from './mask-secrets.ts';

export type Logger = PinoLogger;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** The least that is written; absent: info. */
  readonly level?: LogLevel;
  /** Masks secrets in a text; every text of every line goes through it. */
  readonly mask?: (text: string) => string;
}

/** `bindings` are part of every line, such as the job's name. Lines are written at once, so none is lost at an exit. */
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
  return `${JSON.stringify(maskValue(JSON.parse(line), mask))}\n`;
}
